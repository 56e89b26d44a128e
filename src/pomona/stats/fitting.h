// SPDX-License-Identifier: Apache-2.0
// What fits share, whatever they have the eigenpairs from.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "pomona/base/status.h"
#include "pomona/stats/eigen.h"
#include "pomona/stats/reducer.h"

namespace pomona::stats::internal {

inline constexpr int64_t kDefaultComponents = 64;

// A column i with this squared deviation and mean varies, and its scaled value has the
// variance squares[i] * weight^2.
struct Varying {
  std::vector<int64_t> columns;
  std::vector<double> weights;  // 1 / (scale * sqrt(n - 1)), one for each of `columns`
  double total_variance = 0;
};

// The scaler of `count` rows: all of a reducer but its eigenpairs and total variance.
// squares: the scatter's diagonal. Invalid names a column beyond float64.
Result<Reducer> FitScaler(int64_t count, std::span<const double> mean,
                          std::span<const double> squares, const FitOptions& options);

Varying VaryingColumns(const Reducer& scaler, std::span<const double> squares);

// The smallest k whose eigenvalues reach share * total; nullopt if all of them do not.
std::optional<int64_t> Reach(const std::vector<double>& values, double share,
                             double total);

// How many components are wanted when `values` are all eigenvalues that there are.
int64_t NumComponents(const FitOptions& options, const std::vector<double>& values,
                      int64_t size, double total);

// Eigenpairs of the varying columns' covariance become components of all columns.
void FinishReducer(const FitOptions& options, const Varying& varying, Eigenpairs pairs,
                   Reducer* reducer);

}  // namespace pomona::stats::internal
