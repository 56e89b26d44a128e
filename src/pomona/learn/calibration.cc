// SPDX-License-Identifier: Apache-2.0
#include "pomona/learn/calibration.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace pomona::learn {
namespace {

double Probability(const Scored& scored, int64_t i, double temperature) {
  std::vector<double> p(scored.row(i).begin(), scored.row(i).end());
  ToProbabilities(p, temperature);
  return p[static_cast<size_t>(scored.truth[static_cast<size_t>(i)])];
}

}  // namespace

void ToProbabilities(std::span<double> scores, double temperature) {
  const double most = *std::max_element(scores.begin(), scores.end());
  double sum = 0;
  for (double& s : scores) sum += s = std::exp((s - most) / temperature);
  for (double& s : scores) s /= sum;
}

double LogLoss(const Scored& scored, double temperature) {
  double sum = 0;
  for (int64_t i = 0; i < scored.rows(); ++i) {
    // By log-sum-exp: a probability may be too small for a number.
    const auto row = scored.row(i);
    const double most = *std::max_element(row.begin(), row.end());
    double all = 0;
    for (const double s : row) all += std::exp((s - most) / temperature);
    const double truth = row[static_cast<size_t>(scored.truth[static_cast<size_t>(i)])];
    sum += std::log(all) - (truth - most) / temperature;
  }
  return sum / static_cast<double>(std::max<int64_t>(1, scored.rows()));
}

double FitTemperature(const Scored& scored) {
  // Golden section over log(temperature): the loss has one minimum in 1 / temperature.
  constexpr double kRatio = 0.6180339887498949;
  double low = std::log(1e-3);
  double high = std::log(1e5);
  const auto loss = [&](double t) { return LogLoss(scored, std::exp(t)); };
  double a = high - kRatio * (high - low);
  double b = low + kRatio * (high - low);
  double at_a = loss(a);
  double at_b = loss(b);
  while (high - low > 1e-3) {
    if (at_a <= at_b) {
      high = b, b = a, at_b = at_a;
      a = high - kRatio * (high - low);
      at_a = loss(a);
    } else {
      low = a, a = b, at_a = at_b;
      b = low + kRatio * (high - low);
      at_b = loss(b);
    }
  }
  return std::exp((low + high) / 2);
}

double Accuracy(const Scored& scored) {
  int64_t right = 0;
  for (int64_t i = 0; i < scored.rows(); ++i) {
    const auto row = scored.row(i);
    const auto best = std::max_element(row.begin(), row.end()) - row.begin();
    right += best == scored.truth[static_cast<size_t>(i)] ? 1 : 0;
  }
  return static_cast<double>(right) /
         static_cast<double>(std::max<int64_t>(1, scored.rows()));
}

double ConformalQuantile(std::vector<double> numbers, double share) {
  const auto n = static_cast<double>(numbers.size());
  const auto rank = static_cast<size_t>(std::ceil((n + 1) * share));
  if (rank > numbers.size()) return std::numeric_limits<double>::infinity();
  const auto at = numbers.begin() + static_cast<int64_t>(std::max<size_t>(rank, 1)) - 1;
  std::nth_element(numbers.begin(), at, numbers.end());
  return *at;
}

double FitSetThreshold(const Scored& scored, double temperature, double coverage) {
  std::vector<double> misses;
  for (int64_t i = 0; i < scored.rows(); ++i) {
    misses.push_back(1 - Probability(scored, i, temperature));
  }
  return std::max(0.0, 1 - ConformalQuantile(std::move(misses), coverage));
}

}  // namespace pomona::learn
