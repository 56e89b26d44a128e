// SPDX-License-Identifier: Apache-2.0
#include "pomona/learn/linear_model.h"

#include <algorithm>

#include "pomona/stats/parallel.h"

namespace pomona::learn {
namespace {

constexpr int64_t kScoreRows = 64;  // rows of one task

}  // namespace

void LinearModel::Scores(const float* rows, int64_t n, double* scores) const {
  const int64_t tasks = (n + kScoreRows - 1) / kScoreRows;
  stats::internal::ParallelFor(tasks, [&](int64_t task) {
    for (int64_t i = task * kScoreRows; i < std::min(n, (task + 1) * kScoreRows); ++i) {
      const float* row = rows + i * dim;
      for (int64_t c = 0; c < classes; ++c) {
        const float* w = weights.data() + c * dim;
        double sum = 0;
        for (int64_t j = 0; j < dim; ++j) {
          sum += static_cast<double>(row[j]) * static_cast<double>(w[j]);
        }
        scores[i * classes + c] = sum + bias[static_cast<size_t>(c)];
      }
    }
  });
}

}  // namespace pomona::learn
