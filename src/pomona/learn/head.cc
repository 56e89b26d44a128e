// SPDX-License-Identifier: Apache-2.0
#include "pomona/learn/head.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>

#include "pomona/learn/calibration.h"
#include "pomona/stats/parallel.h"

namespace pomona::learn {
namespace {

double SquaredLength(const float* row, int64_t dim) {
  double sum = 0;
  for (int64_t j = 0; j < dim; ++j) sum += static_cast<double>(row[j]) * row[j];
  return sum;
}

void ToLengthOne(float* part, int64_t columns) {
  const double squared = SquaredLength(part, columns);
  if (squared <= 0) return;
  const auto factor = static_cast<float>(1 / std::sqrt(squared));
  for (int64_t j = 0; j < columns; ++j) part[j] *= factor;
}

}  // namespace

Status CheckFinite(const float* rows, int64_t n, int64_t dim) {
  for (int64_t i = 0; i < n * dim; ++i) {
    if (!std::isfinite(rows[i])) {
      return Status::Invalid("row ", i / dim, ", column ", i % dim, " is not finite");
    }
  }
  return Status::OK();
}

void RowForm::Apply(float* rows, int64_t n, int64_t dim) const {
  if (!root && !normalize) return;
  stats::internal::ParallelFor(n, [&](int64_t i) {
    float* row = rows + i * dim;
    if (root) {
      for (int64_t j = 0; j < dim; ++j) {
        row[j] = std::copysign(std::sqrt(std::abs(row[j])), row[j]);
      }
    }
    if (!normalize) return;
    if (parts.empty()) ToLengthOne(row, dim);
    for (const int64_t columns : parts) {
      ToLengthOne(row, columns);
      row += columns;
    }
  });
}

void NearestDistances(const float* rows, int64_t n, int64_t dim,
                      const std::vector<float>& centres, double* distances) {
  const auto count = static_cast<int64_t>(centres.size()) / std::max<int64_t>(1, dim);
  stats::internal::ParallelFor(n, [&](int64_t i) {
    const float* row = rows + i * dim;
    const double length = std::sqrt(SquaredLength(row, dim));
    double nearest = -1;
    for (int64_t c = 0; c < count; ++c) {
      const float* centre = centres.data() + c * dim;
      double product = 0;
      for (int64_t j = 0; j < dim; ++j) {
        product += static_cast<double>(row[j]) * static_cast<double>(centre[j]);
      }
      nearest = std::max(nearest, length > 0 ? product / length : 0.0);
    }
    distances[i] = 1 - nearest;
  });
}

std::vector<float> UnitMeans(const ClassMeans& means) {
  std::vector<float> centres;
  for (int64_t c = 0; c < means.classes(); ++c) {
    const std::vector<double> mean = means.Mean(c);
    const double squared =
        std::inner_product(mean.begin(), mean.end(), mean.begin(), 0.0);
    const double factor = squared > 0 ? 1 / std::sqrt(squared) : 0;
    for (const double x : mean) centres.push_back(static_cast<float>(x * factor));
  }
  return centres;
}

Answer Head::AnswerFor(std::span<const double> scores, double distance) const {
  Answer answer;
  answer.probabilities.assign(scores.begin(), scores.end());
  auto& p = answer.probabilities;
  ToProbabilities(p, temperature);
  answer.best = static_cast<int32_t>(std::max_element(p.begin(), p.end()) - p.begin());
  std::vector<int32_t> order(p.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int32_t a, int32_t b) {
    return p[static_cast<size_t>(a)] > p[static_cast<size_t>(b)];
  });
  for (const int32_t c : order) {
    if (!answer.set.empty() && p[static_cast<size_t>(c)] < set_threshold) break;
    answer.set.push_back(c);
  }
  answer.distance = distance;
  answer.known = distance <= known_distance;
  return answer;
}

Result<std::vector<Answer>> Head::Predict(const float* rows, int64_t n) const {
  ARROW_RETURN_NOT_OK(CheckFinite(rows, n, dim()));
  std::vector<float> formed(rows, rows + n * dim());
  form.Apply(formed.data(), n, dim());
  std::vector<double> scores(static_cast<size_t>(n * model.classes));
  model.Scores(formed.data(), n, scores.data());
  std::vector<double> distances(static_cast<size_t>(n));
  NearestDistances(formed.data(), n, dim(), centres, distances.data());
  std::vector<Answer> answers;
  for (int64_t i = 0; i < n; ++i) {
    const std::span<const double> own(scores.data() + i * model.classes,
                                      static_cast<size_t>(model.classes));
    answers.push_back(AnswerFor(own, distances[static_cast<size_t>(i)]));
  }
  return answers;
}

}  // namespace pomona::learn
