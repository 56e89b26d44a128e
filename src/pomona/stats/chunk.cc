// SPDX-License-Identifier: Apache-2.0
#include "pomona/stats/chunk.h"

#include <algorithm>
#include <array>

#include "pomona/stats/moments.h"
#include "pomona/stats/parallel.h"

namespace pomona::stats::internal {
namespace {

// A column is summed about zero, which keeps its zeros, while the square of its mean is
// below this many variances; the error of its sums is then below 1e3 * 512 roundings.
constexpr double kLargestMeanSquare = 1e3;
// A group of columns with a larger share of nonzeros goes to the dense kernel (measured:
// moments_benchmark.cc).
constexpr double kDenseShare = 0.6;

using Columns = std::array<double, kPanel>;

Columns Sums(const double* panel, int64_t rows) {
  Columns sum{};
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t c = 0; c < kPanel; ++c) sum[c] += panel[r * kPanel + c];
  }
  return sum;
}

Columns SumsOfSquares(const double* panel, int64_t rows, const Columns& centre) {
  Columns sum{};
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t c = 0; c < kPanel; ++c) {
      const double x = panel[r * kPanel + c] - centre[c];
      sum[c] += x * x;
    }
  }
  return sum;
}

bool IsConstant(const double* column, int64_t rows) {
  for (int64_t r = 1; r < rows; ++r) {
    if (column[r * kPanel] != column[0]) return false;
  }
  return true;
}

}  // namespace

Chunk::Chunk(double* panels, int64_t dim, int64_t rows)
    : panels_(panels),
      rows_(rows),
      shift_(PanelCount(dim) * kPanel),
      mean_(shift_.size()),
      dense_(shift_.size() / kGroup),
      start_(shift_.size() + 1) {
  const int64_t count = PanelCount(dim);
  ParallelFor(count, [this](int64_t p) { PreparePanel(p); });
  for (size_t i = 1; i < start_.size(); ++i) start_[i] += start_[i - 1];
  index_.resize(start_.back());
  value_.resize(start_.back());
  ParallelFor(count, [this](int64_t p) { FillLists(p); });
}

double* Chunk::panel(int64_t p) const { return panels_ + p * kChunkRows * kPanel; }

void Chunk::PreparePanel(int64_t p) {
  double* x = panel(p);
  const auto rows = static_cast<double>(rows_);
  Columns centre = Sums(x, rows_);
  for (double& m : centre) m /= rows;
  const Columns squares = SumsOfSquares(x, rows_, centre);
  Columns shift{};
  for (int64_t c = 0; c < kPanel; ++c) {
    const bool near_zero =
        centre[c] * centre[c] < kLargestMeanSquare * (squares[c] / rows);
    if (!near_zero) shift[c] = IsConstant(x + c, rows_) ? x[c] : centre[c];
  }
  std::array<int64_t, kPanel> nonzeros{};
  for (int64_t r = 0; r < rows_; ++r) {
    for (int64_t c = 0; c < kPanel; ++c) {
      double& value = x[r * kPanel + c];
      value -= shift[c];
      nonzeros[c] += value != 0.0;
    }
  }
  const Columns sums = Sums(x, rows_);
  for (int64_t c = 0; c < kPanel; ++c) {
    shift_[p * kPanel + c] = shift[c];
    mean_[p * kPanel + c] = sums[c] / rows;
  }
  for (int64_t c = 0; c < kPanel; c += kGroup) {
    const int64_t total =
        nonzeros[c] + nonzeros[c + 1] + nonzeros[c + 2] + nonzeros[c + 3];
    const bool dense = static_cast<double>(total) > kDenseShare * kGroup * rows;
    dense_[(p * kPanel + c) / kGroup] = dense ? 1 : 0;
    for (int64_t g = 0; g < kGroup && !dense; ++g) {
      start_[p * kPanel + c + g + 1] = nonzeros[c + g];
    }
  }
}

void Chunk::FillLists(int64_t p) {
  const double* x = panel(p);
  for (int64_t c = 0; c < kPanel; ++c) {
    int64_t at = start_[p * kPanel + c];
    if (at == start_[p * kPanel + c + 1]) continue;
    for (int64_t r = 0; r < rows_; ++r) {
      const double value = x[r * kPanel + c];
      if (value == 0.0) continue;
      index_[at] = static_cast<uint16_t>(r);
      value_[at++] = value;
    }
  }
}

void Chunk::Products(const Kernels& kernels, int64_t p, int64_t column,
                     double* tile) const {
  if (dense_[column / kGroup] != 0) {
    kernels.combine_dense(panel(p), panel(column / kPanel), column % kPanel, rows_, tile);
  } else {
    const SparseLists lists = {start_.data(), index_.data(), value_.data()};
    kernels.combine_lists(panel(p), lists, column, column + kGroup, tile);
  }
}

}  // namespace pomona::stats::internal
