// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <exception>

#include <Eigen/Core>
#include <Eigen/Eigenvalues>
#include <Spectra/SymEigsSolver.h>

#include "pomona/stats/eigen.h"

namespace pomona::stats::internal {
namespace {

// Residuals are asked to be below kTolerance * eigenvalue, and must be below kAccepted *
// largest eigenvalue.
constexpr double kTolerance = 1e-12;
constexpr double kAccepted = 1e-11;
constexpr int64_t kMaxRestarts = 100;
constexpr int64_t kProbeSteps = 24;

// What Spectra calls: A, or A without the part that `found` (columns) spans.
class Product {
 public:
  using Scalar = double;
  explicit Product(const SymmetricMatrix& a, const Eigen::MatrixXd* found = nullptr)
      : a_(a), found_(found) {}
  Eigen::Index rows() const { return a_.size(); }
  Eigen::Index cols() const { return a_.size(); }
  void perform_op(const double* x, double* y) const {
    a_.Multiply(x, y);
    if (found_ == nullptr) return;
    Eigen::Map<Eigen::VectorXd> out(y, rows());
    out -= *found_ * (found_->transpose() * out);
  }

 private:
  const SymmetricMatrix& a_;
  const Eigen::MatrixXd* found_;
};

// The same on every machine, and without a special direction: a Weyl sequence.
Eigen::VectorXd StartVector(int64_t n, double seed) {
  Eigen::VectorXd v(n);
  for (int64_t i = 0; i < n; ++i) {
    const double at = static_cast<double>(i + 1) * 0.6180339887498949 + seed;
    v[i] = at - std::floor(at) - 0.5;
  }
  return v;
}

Status Refuse(const char* why) { return Status::NotImplemented("Spectra: ", why); }

// Residuals of two sums of all vectors with mixed signs: A V c - V L c is no smaller, but
// for rare cancellation, than the largest residual.
Status Verify(const SymmetricMatrix& a, const Eigen::VectorXd& values,
              const Eigen::MatrixXd& vectors) {
  const double accepted = kAccepted * values[0];
  Eigen::VectorXd product(a.size());
  for (double seed : {0.1, 0.7}) {
    const Eigen::VectorXd c = StartVector(values.size(), seed).array().sign();
    const Eigen::VectorXd sum = vectors * c;
    a.Multiply(sum.data(), product.data());
    product -= vectors * values.cwiseProduct(c);
    if (!(product.norm() <= accepted)) return Refuse("a residual is too large");
  }
  const Eigen::MatrixXd gram = vectors.transpose() * vectors;
  const auto identity = Eigen::MatrixXd::Identity(values.size(), values.size());
  if (!((gram - identity).cwiseAbs().maxCoeff() <= kAccepted)) {
    return Refuse("vectors are not orthogonal");
  }
  return Status::OK();
}

// The largest Ritz value after `steps` of Lanczos with full orthogonalisation, in the
// complement of `found`: a lower bound of the largest eigenvalue there.
double LargestRitzValue(const SymmetricMatrix& a, const Eigen::MatrixXd& found,
                        int64_t steps) {
  const Product rest(a, &found);
  Eigen::MatrixXd basis(a.size(), steps), image(a.size(), steps);
  Eigen::VectorXd v = StartVector(a.size(), 0.25);
  int64_t used = 0;
  double scale = v.norm();
  for (; used < steps; ++used) {
    for (int pass = 0; pass < 2; ++pass) {
      v -= found * (found.transpose() * v);
      v -= basis.leftCols(used) * (basis.leftCols(used).transpose() * v);
    }
    const double norm = v.norm();
    if (!(norm > 1e-10 * scale)) break;  // the space is exhausted
    basis.col(used) = v / norm;
    rest.perform_op(basis.col(used).data(), image.col(used).data());
    v = image.col(used);
    scale = v.norm();
  }
  if (used == 0) return 0;
  const Eigen::MatrixXd small = basis.leftCols(used).transpose() * image.leftCols(used);
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(small);
  return solver.eigenvalues().maxCoeff();
}

// Lanczos can pass over a copy of a multiple eigenvalue. A second, short run in the
// complement of what was found must meet nothing larger than the last.
Status CheckNonePassedOver(const SymmetricMatrix& a, const Eigen::VectorXd& values,
                           const Eigen::MatrixXd& vectors) {
  const int64_t steps = std::min<int64_t>(kProbeSteps, a.size() - values.size());
  const double last = values[values.size() - 1];
  if (LargestRitzValue(a, vectors, steps) > last + kAccepted * values[0]) {
    return Refuse("an eigenvalue was passed over");
  }
  return Status::OK();
}

Result<Eigenpairs> Solve(const SymmetricMatrix& a, int64_t k) {
  Product product(a);
  const int64_t basis = std::min(a.size(), 2 * k + 48);
  Spectra::SymEigsSolver<Product> solver(product, k, basis);
  const Eigen::VectorXd start = StartVector(a.size(), 0);
  solver.init(start.data());
  solver.compute(Spectra::SortRule::LargestAlge, kMaxRestarts, kTolerance);
  if (solver.info() != Spectra::CompInfo::Successful) return Refuse("not converged");
  const Eigen::VectorXd values = solver.eigenvalues();
  const Eigen::MatrixXd vectors = solver.eigenvectors();
  ARROW_RETURN_NOT_OK(Verify(a, values, vectors));
  ARROW_RETURN_NOT_OK(CheckNonePassedOver(a, values, vectors));

  Eigenpairs pairs;
  pairs.method = "spectra";
  pairs.values.assign(values.begin(), values.end());
  pairs.vectors.assign(vectors.data(), vectors.data() + vectors.size());
  return pairs;
}

}  // namespace

Result<Eigenpairs> SpectraEigen(const SymmetricMatrix& matrix, int64_t k) {
  try {
    return Solve(matrix, k);
  } catch (const std::exception& e) {
    return Refuse(e.what());
  }
}

}  // namespace pomona::stats::internal
