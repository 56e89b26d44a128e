// SPDX-License-Identifier: Apache-2.0
// From moments to a reducer: deviations, the covariance of the scaled columns that vary,
// its largest eigenpairs, and these back among all columns.
#include <algorithm>
#include <new>
#include <utility>

#include "pomona/stats/eigen.h"
#include "pomona/stats/fitting.h"
#include "pomona/stats/reducer.h"

namespace pomona::stats {
namespace {

using internal::Eigenpairs;
using internal::SymmetricMatrix;

// Pairs of the first attempt to reach a share of the variance; each next one doubles it.
constexpr int64_t kFirstTry = 16;
// Up to this rank the pivoted Cholesky factor is the fastest way (reducer_benchmark.cc).
constexpr int64_t kLowRank = 512;
// Smaller matrices go to LAPACK; so do requests for more than one pair in kLanczosShare.
constexpr int64_t kSmall = 400;
constexpr int64_t kLanczosShare = 16;

// The covariance (n - 1) of the columns that vary, scaled.
struct Problem {
  SymmetricMatrix covariance{0, {}};
  int64_t max_rank = 0;
};

Problem MakeProblem(const Moments& m, const internal::Varying& varying) {
  const auto& columns = varying.columns;
  const auto& weight = varying.weights;
  const auto size = static_cast<int64_t>(columns.size());
  AlignedVector packed(size * (size + 1) / 2);
  double* to = packed.data();
  for (int64_t i = 0; i < size; ++i) {
    const double* row = m.scatter().data() + columns[i] * (columns[i] + 1) / 2;
    for (int64_t j = 0; j <= i; ++j) *to++ = row[columns[j]] * weight[i] * weight[j];
  }
  return {SymmetricMatrix(size, std::move(packed)), std::min(size, m.count() - 1)};
}

// Grows k until the share is reached. NotImplemented when Lanczos is not the way.
Result<Eigenpairs> TryLanczos(const Problem& problem, const FitOptions& options,
                              double total) {
  const int64_t size = problem.covariance.size();
  const int64_t limit = std::min(size / kLanczosShare, problem.max_rank);
  int64_t k = options.components.value_or(internal::kDefaultComponents);
  if (options.variance) k = std::min(kFirstTry, limit);
  while (size > kSmall && !options.all_eigenvalues && k > 0 && k <= limit) {
    ARROW_ASSIGN_OR_RAISE(Eigenpairs pairs, SpectraEigen(problem.covariance, k));
    if (!options.variance) return pairs;
    if (internal::Reach(pairs.values, *options.variance, total)) return pairs;
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
    return internal::NumComponents(options, values, size, total);
  };
  if (problem.max_rank < size && problem.max_rank <= kLowRank) {
    return LowRankEigen(problem.covariance, problem.max_rank, choose);
  }
  Result<Eigenpairs> pairs = TryLanczos(problem, options, total);
  if (!pairs.status().IsNotImplemented()) return pairs;
  return LapackEigen(problem.covariance, choose);
}

Result<Reducer> Fit(const Moments& moments, const FitOptions& options) {
  std::vector<double> squares;
  for (int64_t i = 0; i < moments.dim(); ++i) squares.push_back(moments.scatter_at(i, i));
  ARROW_ASSIGN_OR_RAISE(
      Reducer reducer,
      internal::FitScaler(moments.count(), moments.mean(), squares, options));
  const internal::Varying varying = internal::VaryingColumns(reducer, squares);
  Eigenpairs pairs;
  pairs.method = "none";
  pairs.complete = true;
  if (!varying.columns.empty()) {
    const Problem problem = MakeProblem(moments, varying);
    ARROW_ASSIGN_OR_RAISE(pairs, Solve(problem, options, varying.total_variance));
  }
  internal::FinishReducer(options, varying, std::move(pairs), &reducer);
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
