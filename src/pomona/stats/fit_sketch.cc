// SPDX-License-Identifier: Apache-2.0
// From a sketch to a reducer: the scaler is exact, the eigenpairs are those of R^T R,
// scaled, and how far they can be from the scatter's is told.
#include <algorithm>
#include <new>
#include <numeric>
#include <utility>

#include "pomona/stats/fit_state.h"
#include "pomona/stats/fitting.h"
#include "pomona/stats/sketch.h"

namespace pomona::stats {
namespace {

using internal::Eigenpairs;
using internal::Varying;

// R's columns that vary, scaled; transposed it is L of C ~ L L^T, by columns.
AlignedVector ScaledRows(const Sketch& sketch, const Varying& varying) {
  const auto size = static_cast<int64_t>(varying.columns.size());
  AlignedVector scaled(sketch.kept() * size);
  for (int64_t r = 0; r < sketch.kept(); ++r) {
    const double* from = sketch.rows().data() + r * sketch.dim();
    double* to = scaled.data() + r * size;
    for (int64_t i = 0; i < size; ++i)
      to[i] = from[varying.columns[i]] * varying.weights[i];
  }
  return scaled;
}

// Where fewer columns vary than R has rows, their covariance is the smaller matrix.
Result<Eigenpairs> EigenOf(const Sketch& sketch, const Varying& varying,
                           const internal::ChooseCount& choose) {
  const auto size = static_cast<int64_t>(varying.columns.size());
  AlignedVector factor = ScaledRows(sketch, varying);
  if (sketch.kept() <= size) {
    return internal::FactorEigen(std::move(factor), size, sketch.kept(), choose);
  }
  AlignedVector packed(size * (size + 1) / 2);
  for (int64_t r = 0; r < sketch.kept(); ++r) {
    const double* row = factor.data() + r * size;
    double* to = packed.data();
    for (int64_t i = 0; i < size; ++i) {
      for (int64_t j = 0; j <= i; ++j) *to++ += row[i] * row[j];
    }
  }
  return internal::LapackEigen(internal::SymmetricMatrix(size, std::move(packed)),
                               choose);
}

// What C has more of than R^T R, as shares of the total variance. Of unscaled columns
// there is no estimate, for `lost` is of scaled ones.
SketchError ErrorOf(const Sketch& sketch, const Varying& varying,
                    const std::vector<double>& values, int64_t k, bool scaled) {
  SketchError error;
  error.rank = sketch.rank();
  const double total = varying.total_variance;
  if (sketch.lost() == 0 || total <= 0) return error;
  const double held = std::accumulate(values.begin(), values.end(), 0.0);
  error.outside = std::max(0.0, 1.0 - held / total);
  const double one = sketch.lost() / static_cast<double>(varying.columns.size());
  error.missed =
      scaled ? std::min(error.outside, static_cast<double>(k) * one) : error.outside;
  return error;
}

Status CheckReach(const Sketch& sketch, const Varying& varying, const FitOptions& options,
                  const std::vector<double>& values) {
  if (sketch.lost() == 0) return Status::OK();
  if (options.components && *options.components > sketch.kept()) {
    return Status::Invalid(*options.components, " components of a sketch that keeps ",
                           sketch.kept(),
                           " directions: ask for fewer, or fit with --pca "
                           "exact");
  }
  if (!options.variance) return Status::OK();
  if (internal::Reach(values, *options.variance, varying.total_variance)) {
    return Status::OK();
  }
  const double held =
      std::accumulate(values.begin(), values.end(), 0.0) / varying.total_variance;
  return Status::Invalid("a share of ", *options.variance,
                         " of the variance of a sketch that holds ", held,
                         ": ask for less, or fit with --pca exact");
}

Result<Reducer> Fit(const Sketch& sketch, const FitOptions& options) {
  ARROW_ASSIGN_OR_RAISE(
      Reducer reducer,
      internal::FitScaler(sketch.count(), sketch.mean(), sketch.squares(), options));
  const Varying varying = internal::VaryingColumns(reducer, sketch.squares());
  const auto size = static_cast<int64_t>(varying.columns.size());
  Eigenpairs pairs;
  pairs.complete = true;
  if (size > 0) {
    ARROW_ASSIGN_OR_RAISE(
        pairs, EigenOf(sketch, varying, [&](const std::vector<double>& values) {
          return internal::NumComponents(options, values, size, varying.total_variance);
        }));
    ARROW_RETURN_NOT_OK(CheckReach(sketch, varying, options, pairs.values));
  }
  pairs.method = "sketch";
  const std::vector<double> values = pairs.values;
  internal::FinishReducer(options, varying, std::move(pairs), &reducer);
  reducer.sketch = ErrorOf(sketch, varying, values, reducer.k(), options.scale);
  return reducer;
}

}  // namespace

Result<Reducer> FitReducer(const Sketch& sketch, const FitOptions& options) {
  ARROW_RETURN_NOT_OK(options.Validate(sketch.dim()));
  if (sketch.pending_rows() != 0) {
    return Status::Invalid("a sketch has pending rows: call Flush before the fit");
  }
  if (sketch.count() < 1) {
    return Status::Invalid("nothing to fit: the sketch has no rows");
  }
  try {
    return Fit(sketch, options);
  } catch (const std::bad_alloc&) {
    return Status::OutOfMemory("no memory to fit ", sketch.dim(), " columns");
  }
}

}  // namespace pomona::stats
