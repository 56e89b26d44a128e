// SPDX-License-Identifier: Apache-2.0
#include "pomona/stats/fitting.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace pomona::stats::internal {
namespace {

double Deviation(double square, double mean, int64_t count, Convention convention) {
  const auto n = static_cast<double>(count);
  if (convention == Convention::kSpark) return n > 1 ? std::sqrt(square / (n - 1)) : 0.0;
  // scikit-learn's _is_constant_feature: a variance within the rounding errors of its sum
  // is none, and the column is not scaled.
  const double variance = square / n, eps = std::numeric_limits<double>::epsilon();
  const double rounding = n * mean * eps;
  if (variance <= n * eps * variance + rounding * rounding) return 1.0;
  return std::sqrt(variance);
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
void FillComponents(const std::vector<int64_t>& columns, const Eigenpairs& pairs,
                    int64_t k, Reducer* reducer) {
  const int64_t dim = reducer->dim, size = static_cast<int64_t>(columns.size());
  reducer->components.assign(k * dim, 0.0);
  int64_t idle = 0;
  for (int64_t c = 0; c < k; ++c) {
    double* to = reducer->components.data() + c * dim;
    if (c < size) {
      const double* from = pairs.vectors.data() + c * size;
      for (int64_t i = 0; i < size; ++i) to[columns[i]] = from[i];
      FixSign(to, dim);
      continue;
    }
    while (std::binary_search(columns.begin(), columns.end(), idle)) {
      ++idle;
    }
    to[idle++] = 1.0;
  }
}

}  // namespace

Result<Reducer> FitScaler(int64_t count, std::span<const double> mean,
                          std::span<const double> squares, const FitOptions& options) {
  Reducer reducer;
  reducer.convention = options.convention;
  reducer.center = options.center;
  reducer.dim = static_cast<int64_t>(mean.size());
  reducer.count = count;
  reducer.mean.assign(mean.begin(), mean.end());
  for (size_t i = 0; i < mean.size(); ++i) {
    const double deviation = Deviation(squares[i], mean[i], count, options.convention);
    reducer.scale.push_back(options.scale ? deviation : 1.0);
    if (!std::isfinite(deviation) || !std::isfinite(mean[i])) {
      return Status::Invalid("column ", i, " has a variance too large for float64");
    }
  }
  return reducer;
}

Varying VaryingColumns(const Reducer& scaler, std::span<const double> squares) {
  Varying varying;
  const double root = std::sqrt(static_cast<double>(scaler.count - 1));
  for (int64_t i = 0; i < scaler.dim; ++i) {
    if (!(squares[i] > 0 && scaler.scale[i] > 0)) continue;
    const double weight = 1.0 / (scaler.scale[i] * root);
    varying.columns.push_back(i);
    varying.weights.push_back(weight);
    varying.total_variance += squares[i] * weight * weight;
  }
  return varying;
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
int64_t NumComponents(const FitOptions& options, const std::vector<double>& values,
                      int64_t size, double total) {
  const int64_t rank = Rank(values, size);
  if (options.components) return std::min(*options.components, size);
  if (!options.variance) return std::max<int64_t>(1, std::min(kDefaultComponents, rank));
  const auto k =
      *options.variance < 1 ? Reach(values, *options.variance, total) : std::nullopt;
  return std::max<int64_t>(1, std::min(k.value_or(rank), rank));
}

void FinishReducer(const FitOptions& options, const Varying& varying, Eigenpairs pairs,
                   Reducer* reducer) {
  const auto size = static_cast<int64_t>(varying.columns.size());
  reducer->total_variance = varying.total_variance;
  const int64_t k = options.components
                        ? *options.components
                        : std::max<int64_t>(1, NumComponents(options, pairs.values, size,
                                                             reducer->total_variance));
  FillComponents(varying.columns, pairs, k, reducer);
  const double tolerance = RankTolerance(pairs.values, size);
  for (double& v : pairs.values) v = v > tolerance ? v : 0.0;
  reducer->eigenvalues = std::move(pairs.values);
  reducer->method = pairs.method;
  const int64_t known = options.all_eigenvalues && pairs.complete ? reducer->dim : k;
  reducer->eigenvalues.resize(
      std::max<int64_t>(known, static_cast<int64_t>(reducer->eigenvalues.size())));
}

}  // namespace pomona::stats::internal
