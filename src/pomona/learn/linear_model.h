// SPDX-License-Identifier: Apache-2.0
// What every kind of head ends as: a weight for each class and column.
#pragma once

#include <cstdint>
#include <vector>

namespace pomona::learn {

// scores = W x + b.
struct LinearModel {
  int64_t dim = 0;
  int64_t classes = 0;
  std::vector<float> weights;  // classes x dim
  std::vector<double> bias;    // classes; -inf: the class has no rows

  // rows: n x dim; scores: n x classes. Parallel; a row's bits depend on itself alone.
  void Scores(const float* rows, int64_t n, double* scores) const;
};

}  // namespace pomona::learn
