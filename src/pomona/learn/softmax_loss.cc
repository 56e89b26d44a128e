// SPDX-License-Identifier: Apache-2.0
#include "pomona/learn/softmax_loss.h"

#include <cblas.h>

#include <algorithm>
#include <cmath>

#include "pomona/stats/linear_algebra.h"
#include "pomona/stats/parallel.h"

namespace pomona::learn {
namespace {

constexpr int64_t kTileRows = 256;
constexpr int64_t kLanes = 16;

int64_t LaneBegin(int64_t lane, size_t tiles) {
  return lane * static_cast<int64_t>(tiles) / kLanes;
}

}  // namespace

Result<SoftmaxLoss> SoftmaxLoss::Make(const std::vector<ClassedRows>& parts, int64_t dim,
                                      int64_t classes, bool balance) {
  SoftmaxLoss loss;
  loss.dim_ = dim;
  std::vector<int64_t> counts(static_cast<size_t>(classes));
  for (const ClassedRows& part : parts) {
    loss.rows_ += part.n;
    for (int64_t i = 0; i < part.n; ++i) ++counts[static_cast<size_t>(part.classes[i])];
    for (int64_t i = 0; i < part.n; i += kTileRows) {
      loss.tiles_.push_back(
          {part.rows + i * dim, part.classes + i, std::min(kTileRows, part.n - i)});
    }
  }
  const auto present =
      std::count_if(counts.begin(), counts.end(), [](int64_t n) { return n > 0; });
  if (present < 2) {
    return Status::Invalid("rows of ", present, " class: two or more are needed");
  }
  for (const int64_t count : counts) {
    loss.slots_.push_back(count > 0 ? static_cast<int32_t>(loss.row_weights_.size())
                                    : -1);
    if (count == 0) continue;
    const double share = static_cast<double>(loss.rows_) / static_cast<double>(present);
    loss.row_weights_.push_back(
        balance ? static_cast<float>(share / static_cast<double>(count)) : 1.0F);
  }
  loss.Standardise();
  if (std::all_of(loss.inverse_.begin(), loss.inverse_.end(),
                  [](double x) { return x == 0; })) {
    return Status::Invalid(
        "all pictures have the same row: there is nothing to learn from");
  }
  loss.lanes_.resize(kLanes);
  loss.weights_.resize(static_cast<size_t>(present * dim));
  return loss;
}

// The mean over rows of term(number, column), for each column.
template <typename Term>
std::vector<double> SoftmaxLoss::ColumnMeans(const Term& term) const {
  const auto width = static_cast<size_t>(dim_);
  std::vector<std::vector<double>> sums(kLanes, std::vector<double>(width));
  stats::internal::ParallelFor(kLanes, [&](int64_t lane) {
    auto& own = sums[static_cast<size_t>(lane)];
    for (auto t = LaneBegin(lane, tiles_.size()); t < LaneBegin(lane + 1, tiles_.size());
         ++t) {
      const ClassedRows& tile = tiles_[static_cast<size_t>(t)];
      for (int64_t i = 0; i < tile.n; ++i) {
        const float* row = tile.rows + i * dim_;
        for (size_t j = 0; j < width; ++j) own[j] += term(row[j], j);
      }
    }
  });
  std::vector<double> mean(width);
  for (const auto& own : sums) {
    for (size_t j = 0; j < width; ++j) mean[j] += own[j];
  }
  for (double& x : mean) x /= static_cast<double>(rows_);
  return mean;
}

void SoftmaxLoss::Standardise() {
  mean_ = ColumnMeans([](float x, size_t) { return static_cast<double>(x); });
  inverse_ = ColumnMeans([&](float x, size_t j) {
    const double off = static_cast<double>(x) - mean_[j];
    return off * off;
  });
  for (size_t j = 0; j < inverse_.size(); ++j) {
    const double deviation = std::sqrt(inverse_[j]);
    // Below what float32 tells apart a column is constant.
    inverse_[j] = deviation > 1e-7 * std::abs(mean_[j]) ? 1 / deviation : 0;
  }
}

// From scores without biases to the gradient in scores; returns the loss.
double SoftmaxLoss::ToGradient(const ClassedRows& tile, const double* bias,
                               Lane* lane) const {
  const int64_t count = present();
  double* bias_gradient = lane->gradient.data() + count * dim_;
  double loss = 0;
  for (int64_t i = 0; i < tile.n; ++i) {
    float* scores = lane->scores.data() + i * count;
    for (int64_t k = 0; k < count; ++k) scores[k] += static_cast<float>(bias[k]);
    const float most = *std::max_element(scores, scores + count);
    const auto truth = slots_[static_cast<size_t>(tile.classes[i])];
    const float weight = row_weights_[static_cast<size_t>(truth)];
    const double own = static_cast<double>(scores[truth]) - most;
    double all = 0;
    for (int64_t k = 0; k < count; ++k) {
      scores[k] = std::exp(scores[k] - most);
      all += scores[k];
    }
    loss += weight * (std::log(all) - own);
    const auto factor = static_cast<float>(weight / all);
    for (int64_t k = 0; k < count; ++k) scores[k] *= factor;
    scores[truth] -= weight;
    for (int64_t k = 0; k < count; ++k) bias_gradient[k] += scores[k];
  }
  return loss;
}

void SoftmaxLoss::AddTile(const ClassedRows& tile, const double* bias, Lane* lane) const {
  for (int64_t i = 0; i < tile.n; ++i) {
    const float* from = tile.rows + i * dim_;
    float* to = lane->rows.data() + i * dim_;
    for (size_t j = 0; j < mean_.size(); ++j) {
      to[j] = static_cast<float>((static_cast<double>(from[j]) - mean_[j]) * inverse_[j]);
    }
  }
  const auto n = static_cast<int>(tile.n);
  const auto d = static_cast<int>(dim_);
  const auto c = static_cast<int>(present());
  cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, n, c, d, 1, lane->rows.data(), d,
              weights_.data(), d, 0, lane->scores.data(), c);
  lane->loss += ToGradient(tile, bias, lane);
  cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, c, d, n, 1, lane->scores.data(), c,
              lane->rows.data(), d, 0, lane->product.data(), d);
  for (size_t j = 0; j < lane->product.size(); ++j) lane->gradient[j] += lane->product[j];
}

double SoftmaxLoss::Evaluate(const double* x, double* gradient) {
  stats::UseOneBlasThread();
  const auto weights = static_cast<int64_t>(weights_.size());
  for (int64_t i = 0; i < weights; ++i) {
    weights_[static_cast<size_t>(i)] = static_cast<float>(x[i]);
  }
  stats::internal::ParallelFor(kLanes, [&](int64_t number) {
    Lane& lane = lanes_[static_cast<size_t>(number)];
    lane.rows.resize(static_cast<size_t>(kTileRows * dim_));
    lane.scores.resize(static_cast<size_t>(kTileRows * present()));
    lane.product.resize(weights_.size());
    lane.gradient.assign(parameters(), 0.0);
    lane.loss = 0;
    const int64_t end = LaneBegin(number + 1, tiles_.size());
    for (int64_t t = LaneBegin(number, tiles_.size()); t < end; ++t) {
      AddTile(tiles_[static_cast<size_t>(t)], x + weights, &lane);
    }
  });
  double loss = 0;
  std::fill_n(gradient, parameters(), 0.0);
  for (const Lane& lane : lanes_) {
    loss += lane.loss;
    for (size_t i = 0; i < parameters(); ++i) gradient[i] += lane.gradient[i];
  }
  const double share = 1 / static_cast<double>(rows_);
  for (size_t i = 0; i < parameters(); ++i) gradient[i] *= share;
  return loss * share;
}

}  // namespace pomona::learn
