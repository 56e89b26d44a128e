// SPDX-License-Identifier: Apache-2.0
// From scores to probabilities that can be trusted, on rows that were held out of the
// fit: a temperature (Guo et al. 2017), and sets of classes that hold the true one with a
// stated chance (conformal prediction; Sadinle, Lei, Wasserman 2019).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "pomona/base/status.h"

namespace pomona::learn {

// softmax(scores / temperature), in place; a score of -inf becomes 0. Not all may be.
void ToProbabilities(std::span<double> scores, double temperature);

// Rows of held-out scores with their true classes, whose scores are finite.
struct Scored {
  int64_t classes = 0;
  std::vector<double> scores;  // rows x classes
  std::vector<int32_t> truth;

  int64_t rows() const { return static_cast<int64_t>(truth.size()); }
  std::span<const double> row(int64_t i) const {
    return {scores.data() + i * classes, static_cast<size_t>(classes)};
  }
};

// Mean of -log(probability of the truth), and its minimum over temperatures.
double LogLoss(const Scored& scored, double temperature);
double FitTemperature(const Scored& scored);
double Accuracy(const Scored& scored);

// The least probability a class of a set may have, so that sets hold the truth in a share
// `coverage` (0 to 1) of exchangeable rows: the conformal quantile.
double FitSetThreshold(const Scored& scored, double temperature, double coverage);

// The ceil((n + 1) * share)-th smallest of the numbers, infinity where there are too few.
double ConformalQuantile(std::vector<double> numbers, double share);

}  // namespace pomona::learn
