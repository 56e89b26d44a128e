// SPDX-License-Identifier: Apache-2.0
// The mean log loss of a multinomial logistic regression, and its gradient.
#pragma once

#include <cstdint>
#include <vector>

#include "pomona/base/status.h"
#include "pomona/stats/aligned.h"

namespace pomona::learn {

// n rows and the class of each; not owned.
struct ClassedRows {
  const float* rows = nullptr;
  const int32_t* classes = nullptr;
  int64_t n = 0;
};

// Rows are standardised to float32 and multiplied by BLAS in tiles; tiles are summed in
// float64 within 16 lanes and lanes in their order, all of which follows from the rows
// alone: bits do not depend on threads. Takes 16 * dim * (1 KB + 12 classes) bytes.
class SoftmaxLoss {
 public:
  // As Softmax::Make.
  static Result<SoftmaxLoss> Make(const std::vector<ClassedRows>& parts, int64_t dim,
                                  int64_t classes, bool balance);

  int64_t dim() const { return dim_; }
  // Of each class its number among those that have rows, or -1.
  const std::vector<int32_t>& slots() const { return slots_; }
  int64_t present() const { return static_cast<int64_t>(row_weights_.size()); }
  const std::vector<double>& mean() const { return mean_; }
  // 1 / deviation of each column; 0: constant.
  const std::vector<double>& inverse() const { return inverse_; }
  // How many numbers Evaluate takes: present() x dim() weights of standardised columns,
  // then present() biases.
  size_t parameters() const { return static_cast<size_t>(present() * (dim_ + 1)); }

  // The loss at `x`, and its gradient. Parallel; one call at a time.
  double Evaluate(const double* x, double* gradient);

 private:
  using Floats = std::vector<float, stats::AlignedAllocator<float>>;
  // Where a run of tiles is worked on.
  struct Lane {
    Floats rows;    // of a tile, standardised
    Floats scores;  // then their part of the gradient
    Floats product;
    stats::AlignedVector gradient;
    double loss = 0;
  };

  SoftmaxLoss() = default;
  void Standardise();
  template <typename Term>
  std::vector<double> ColumnMeans(const Term& term) const;
  void AddTile(const ClassedRows& tile, const double* bias, Lane* lane) const;
  double ToGradient(const ClassedRows& tile, const double* bias, Lane* lane) const;

  int64_t dim_ = 0;
  int64_t rows_ = 0;
  std::vector<int32_t> slots_;
  std::vector<float> row_weights_;  // of a row of each slot; their mean over rows is 1
  std::vector<double> mean_;
  std::vector<double> inverse_;
  std::vector<ClassedRows> tiles_;
  std::vector<Lane> lanes_;
  Floats weights_;
};

}  // namespace pomona::learn
