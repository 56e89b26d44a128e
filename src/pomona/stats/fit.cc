// SPDX-License-Identifier: Apache-2.0
// From moments to a reducer: deviations, the covariance of the scaled columns that vary,
// its largest eigenpairs, and these back among all columns.
#include <algorithm>
#include <cmath>
#include <limits>
#include <new>
#include <optional>
#include <utility>

#include "pomona/stats/eigen.h"
#include "pomona/stats/reducer.h"

namespace pomona::stats {
namespace {

using internal::Eigenpairs;
using internal::SymmetricMatrix;

constexpr int64_t kDefaultComponents = 64;
// Pairs of the first attempt to reach a share of the variance; each next one doubles it.
constexpr int64_t kFirstTry = 16;
// Up to this rank the pivoted Cholesky factor is the fastest way (reducer_benchmark.cc).
constexpr int64_t kLowRank = 512;
// Smaller matrices go to LAPACK; so do requests for more than one pair in kLanczosShare.
constexpr int64_t kSmall = 400;
constexpr int64_t kLanczosShare = 16;

double Deviation(const Moments& m, int64_t i, Convention convention) {
  const auto n = static_cast<double>(m.count());
  const double scatter = m.scatter_at(i, i);
  if (convention == Convention::kSpark) return n > 1 ? std::sqrt(scatter / (n - 1)) : 0.0;
  // scikit-learn's _is_constant_feature: a variance within the rounding errors of its sum
  // is none, and the column is not scaled.
  const double variance = scatter / n, eps = std::numeric_limits<double>::epsilon();
  const double rounding = n * m.mean()[i] * eps;
  if (variance <= n * eps * variance + rounding * rounding) return 1.0;
  return std::sqrt(variance);
}

// The columns that vary, and the covariance (n - 1) of them, scaled.
struct Problem {
  std::vector<int64_t> columns;
  SymmetricMatrix covariance{0, {}};
  int64_t max_rank = 0;
};

Problem MakeProblem(const Moments& m, const std::vector<double>& scale) {
  Problem p;
  for (int64_t i = 0; i < m.dim(); ++i) {
    if (m.scatter_at(i, i) > 0 && scale[i] > 0) p.columns.push_back(i);
  }
  const auto size = static_cast<int64_t>(p.columns.size());
  const double root = std::sqrt(static_cast<double>(m.count() - 1));
  std::vector<double> weight;
  for (int64_t i : p.columns) weight.push_back(1.0 / (scale[i] * root));
  AlignedVector packed(size * (size + 1) / 2);
  double* to = packed.data();
  for (int64_t i = 0; i < size; ++i) {
    const double* row = m.scatter().data() + p.columns[i] * (p.columns[i] + 1) / 2;
    for (int64_t j = 0; j <= i; ++j) *to++ = row[p.columns[j]] * weight[i] * weight[j];
  }
  p.covariance = SymmetricMatrix(size, std::move(packed));
  p.max_rank = std::min(size, m.count() - 1);
  return p;
}

// Eigenvalues at or below this are rounding errors of 0.
double RankTolerance(const std::vector<double>& values, int64_t size) {
  if (values.empty()) return 0;
  return static_cast<double>(size) * std::numeric_limits<double>::epsilon() * values[0];
}

int64_t Rank(const std::vector<double>& values, int64_t size) {
  const double tolerance = RankTolerance(values, size);
  return std::count_if(values.begin(), values.end(),
                       [&](double v) { return v > tolerance; });
}

// The smallest k whose eigenvalues reach share * total; nullopt if all of them do not.
std::optional<int64_t> Reach(const std::vector<double>& values, double share,
                             double total) {
  double sum = 0;
  for (size_t k = 0; k < values.size(); ++k) {
    sum += values[k];
    if (sum >= share * total) return static_cast<int64_t>(k) + 1;
  }
  return std::nullopt;
}

// How many components are wanted when all eigenvalues are known.
int64_t ChooseCount(const FitOptions& options, const std::vector<double>& values,
                    int64_t size, double total) {
  const int64_t rank = Rank(values, size);
  if (options.components) return std::min(*options.components, size);
  if (!options.variance) return std::max<int64_t>(1, std::min(kDefaultComponents, rank));
  const auto k =
      *options.variance < 1 ? Reach(values, *options.variance, total) : std::nullopt;
  return std::max<int64_t>(1, std::min(k.value_or(rank), rank));
}

// Grows k until the share is reached. NotImplemented when Lanczos is not the way.
Result<Eigenpairs> TryLanczos(const Problem& problem, const FitOptions& options,
                              double total) {
  const int64_t size = problem.covariance.size();
  const int64_t limit = std::min(size / kLanczosShare, problem.max_rank);
  int64_t k = options.components.value_or(kDefaultComponents);
  if (options.variance) k = std::min(kFirstTry, limit);
  while (size > kSmall && !options.all_eigenvalues && k > 0 && k <= limit) {
    ARROW_ASSIGN_OR_RAISE(Eigenpairs pairs, SpectraEigen(problem.covariance, k));
    if (!options.variance) return pairs;
    if (Reach(pairs.values, *options.variance, total)) return pairs;
    double possible = 0;
    for (double v : pairs.values) possible += v;
    possible += pairs.values.back() * static_cast<double>(limit - k);
    if (possible < *options.variance * total || k == limit) break;
    k = std::min(2 * k, limit);
  }
  return Status::NotImplemented("not a problem for Lanczos");
}

Result<Eigenpairs> Solve(const Problem& problem, const FitOptions& options,
                         double total) {
  const int64_t size = problem.covariance.size();
  const auto choose = [&](const std::vector<double>& values) {
    return ChooseCount(options, values, size, total);
  };
  if (problem.max_rank < size && problem.max_rank <= kLowRank) {
    return LowRankEigen(problem.covariance, problem.max_rank, choose);
  }
  Result<Eigenpairs> pairs = TryLanczos(problem, options, total);
  if (!pairs.status().IsNotImplemented()) return pairs;
  return LapackEigen(problem.covariance, choose);
}

// svd_flip of scikit-learn with u_based_decision=False: the component's element of the
// largest magnitude, the first of equals, is positive.
void FixSign(double* v, int64_t n) {
  const double* largest = std::max_element(
      v, v + n, [](double a, double b) { return std::abs(a) < std::abs(b); });
  if (*largest >= 0) return;
  for (int64_t i = 0; i < n; ++i) v[i] = -v[i];
}

// Eigenvectors back among all columns. More components than columns that vary: unit
// vectors of the others.
void FillComponents(const Problem& problem, const Eigenpairs& pairs, int64_t k,
                    Reducer* reducer) {
  const int64_t dim = reducer->dim, size = problem.covariance.size();
  reducer->components.assign(k * dim, 0.0);
  int64_t idle = 0;
  for (int64_t c = 0; c < k; ++c) {
    double* to = reducer->components.data() + c * dim;
    if (c < size) {
      const double* from = pairs.vectors.data() + c * size;
      for (int64_t i = 0; i < size; ++i) to[problem.columns[i]] = from[i];
      FixSign(to, dim);
      continue;
    }
    while (std::binary_search(problem.columns.begin(), problem.columns.end(), idle)) {
      ++idle;
    }
    to[idle++] = 1.0;
  }
}

Result<Reducer> Fit(const Moments& moments, const FitOptions& options) {
  Reducer reducer;
  reducer.convention = options.convention;
  reducer.center = options.center;
  reducer.dim = moments.dim();
  reducer.count = moments.count();
  reducer.mean.assign(moments.mean().begin(), moments.mean().end());
  for (int64_t i = 0; i < moments.dim(); ++i) {
    const double deviation = Deviation(moments, i, options.convention);
    reducer.scale.push_back(options.scale ? deviation : 1.0);
    if (!std::isfinite(deviation) || !std::isfinite(reducer.mean[i])) {
      return Status::Invalid("column ", i, " has a variance too large for float64");
    }
  }
  const Problem problem = MakeProblem(moments, reducer.scale);
  const int64_t size = problem.covariance.size();
  reducer.total_variance = problem.covariance.Trace();
  Eigenpairs pairs;
  pairs.method = "none";
  pairs.complete = true;
  if (size > 0) {
    ARROW_ASSIGN_OR_RAISE(pairs, Solve(problem, options, reducer.total_variance));
  }
  const int64_t k = options.components
                        ? *options.components
                        : std::max<int64_t>(1, ChooseCount(options, pairs.values, size,
                                                           reducer.total_variance));
  FillComponents(problem, pairs, k, &reducer);
  const double tolerance = RankTolerance(pairs.values, size);
  for (double& v : pairs.values) v = v > tolerance ? v : 0.0;
  reducer.eigenvalues = std::move(pairs.values);
  reducer.method = pairs.method;
  const int64_t known = options.all_eigenvalues && pairs.complete ? reducer.dim : k;
  reducer.eigenvalues.resize(
      std::max<int64_t>(known, static_cast<int64_t>(reducer.eigenvalues.size())));
  return reducer;
}

}  // namespace

Result<Reducer> FitReducer(const Moments& moments, const FitOptions& options) {
  ARROW_RETURN_NOT_OK(options.Validate(moments.dim()));
  if (moments.pending_rows() != 0) {
    return Status::Invalid("moments have pending rows: call Flush before the fit");
  }
  if (moments.count() < 1) {
    return Status::Invalid("nothing to fit: the moments have no rows");
  }
  try {
    return Fit(moments, options);
  } catch (const std::bad_alloc&) {
    return Status::OutOfMemory("no memory to fit ", moments.dim(), " columns");
  }
}

}  // namespace pomona::stats
