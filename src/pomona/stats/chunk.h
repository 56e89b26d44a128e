// SPDX-License-Identifier: Apache-2.0
// One chunk of rows, made ready for the kernels: shifted column by column, split into
// columns that are mostly zeros (as lists) and others (read from the panels).
#pragma once

#include <cstdint>
#include <vector>

#include "pomona/stats/aligned.h"
#include "pomona/stats/kernel.h"

namespace pomona::stats::internal {

inline int64_t PanelCount(int64_t dim) { return (dim + kPanel - 1) / kPanel; }

// `panels`: PanelCount(dim) panels of kChunkRows x kPanel, of which the first `rows` rows
// count. Shifts them in place.
class Chunk {
 public:
  Chunk(double* panels, int64_t dim, int64_t rows);

  int64_t rows() const { return rows_; }
  // Of the shifted columns; the true mean is shift + mean.
  double shift(int64_t column) const { return shift_[column]; }
  double shifted_mean(int64_t column) const { return mean_[column]; }

  // tile[(i - column) * kPanel + c] = sum over rows of x_i * x_j, shifted; i in the
  // kGroup columns from `column`, j the columns of `panel`.
  void Products(const Kernels& kernels, int64_t panel, int64_t column,
                double* tile) const;

 private:
  void PreparePanel(int64_t panel);
  void FillLists(int64_t panel);
  double* panel(int64_t p) const;

  double* panels_;
  int64_t rows_;
  std::vector<double> shift_;
  std::vector<double> mean_;
  std::vector<uint8_t> dense_;  // a group of columns
  std::vector<int64_t> start_;  // a column
  std::vector<uint16_t> index_;
  std::vector<double> value_;
};

}  // namespace pomona::stats::internal
