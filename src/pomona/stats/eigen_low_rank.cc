// SPDX-License-Identifier: Apache-2.0
#include <lapacke.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "pomona/stats/eigen.h"
#include "pomona/stats/linear_algebra.h"

namespace pomona::stats::internal {
namespace {

Status Check(lapack_int info, const char* routine) {
  if (info == 0) return Status::OK();
  return Status::UnknownError("LAPACK's ", routine, " failed with info ", info);
}

// A = L L^T with diagonal pivots (Higham 2002, 10.3), L by rows of `stride`, of which
// `rank` columns are used. Stops when nothing above rounding is left.
struct Factor {
  AlignedVector rows;
  int64_t stride;
  int64_t rank = 0;
};

Factor PivotedCholesky(const SymmetricMatrix& a, int64_t max_rank) {
  const int64_t n = a.size();
  Factor l{AlignedVector(n * max_rank), max_rank};
  std::vector<double> left(n);
  for (int64_t i = 0; i < n; ++i) left[i] = a.at(i, i);
  const double largest = *std::max_element(left.begin(), left.end());
  const double nothing =
      static_cast<double>(n) * std::numeric_limits<double>::epsilon() * largest;
  for (int64_t s = 0; s < max_rank; ++s) {
    const int64_t p = std::max_element(left.begin(), left.end()) - left.begin();
    if (!(left[p] > nothing)) break;
    const double root = std::sqrt(left[p]);
    const double* lp = l.rows.data() + p * max_rank;
    for (int64_t i = 0; i < n; ++i) {
      double* li = l.rows.data() + i * max_rank;
      double rest = a.at(i, p);
      for (int64_t t = 0; t < s; ++t) rest -= li[t] * lp[t];
      li[s] = i == p ? root : rest / root;
      left[i] -= li[s] * li[s];
    }
    left[p] = 0;
    l.rank = s + 1;
  }
  return l;
}

// The first `rank` columns of L, in column order.
AlignedVector Columns(const Factor& l, int64_t n) {
  AlignedVector q(n * l.rank);
  for (int64_t i = 0; i < n; ++i) {
    for (int64_t s = 0; s < l.rank; ++s) q[s * n + i] = l.rows[i * l.stride + s];
  }
  return q;
}

}  // namespace

// L = Q R and R = U S V^T, so A = (Q U) S^2 (Q U)^T; the other columns of Q are an
// orthonormal basis of the vectors with eigenvalue 0.
Result<Eigenpairs> FactorEigen(AlignedVector factor, int64_t size, int64_t rank,
                               const ChooseCount& choose) {
  UseOneBlasThread();
  const auto n = static_cast<lapack_int>(size);
  const auto r = static_cast<lapack_int>(rank);
  AlignedVector q = std::move(factor), tau(r), triangle(r * r), s(r), u(r * r), unused(1);
  std::vector<double> super(std::max<lapack_int>(1, r));
  ARROW_RETURN_NOT_OK(
      Check(LAPACKE_dgeqrf(LAPACK_COL_MAJOR, n, r, q.data(), n, tau.data()), "dgeqrf"));
  for (int64_t c = 0; c < r; ++c) {
    std::copy_n(q.data() + c * n, c + 1, triangle.data() + c * r);
  }
  ARROW_RETURN_NOT_OK(Check(
      LAPACKE_dgesvd(LAPACK_COL_MAJOR, 'A', 'N', r, r, triangle.data(), std::max(1, r),
                     s.data(), u.data(), std::max(1, r), unused.data(), 1, super.data()),
      "dgesvd"));

  Eigenpairs pairs;
  pairs.complete = true;
  for (double x : s) pairs.values.push_back(x * x);
  const int64_t k = choose(pairs.values);
  pairs.values.resize(std::max<int64_t>(k, r));
  pairs.vectors.assign(n * k, 0.0);
  for (int64_t i = 0; i < k; ++i) {
    double* to = pairs.vectors.data() + i * n;
    if (i < r) std::copy_n(u.data() + i * r, r, to);
    if (i >= r) to[i] = 1.0;
  }
  ARROW_RETURN_NOT_OK(
      Check(LAPACKE_dormqr(LAPACK_COL_MAJOR, 'L', 'N', n, static_cast<lapack_int>(k), r,
                           q.data(), n, tau.data(), pairs.vectors.data(), n),
            "dormqr"));
  return pairs;
}

Result<Eigenpairs> LowRankEigen(const SymmetricMatrix& matrix, int64_t max_rank,
                                const ChooseCount& choose) {
  const Factor l = PivotedCholesky(matrix, max_rank);
  ARROW_ASSIGN_OR_RAISE(Eigenpairs pairs, FactorEigen(Columns(l, matrix.size()),
                                                      matrix.size(), l.rank, choose));
  pairs.method = "low_rank";
  return pairs;
}

}  // namespace pomona::stats::internal
