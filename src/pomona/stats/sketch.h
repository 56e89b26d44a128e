// SPDX-License-Identifier: Apache-2.0
// Sketch: what stands in for Moments where columns are too many for their scatter: count,
// mean and variances of rows, which are exact, and the directions in which the rows vary
// most, as a matrix R of a given number of rows with R^T R close to the scatter, from
// below. docs/numerics.md has the arithmetic and the error.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pomona/base/status.h"
#include "pomona/stats/aligned.h"
#include "pomona/stats/moments.h"

namespace pomona::stats {

// Rows of R, where nobody asks for more: eight times the 64 components of a reducer.
inline constexpr int64_t kSketchRank = 512;

// Not thread-safe; Update, Flush and Merge use the calling thread's TBB arena inside. The
// bits of the result depend on the sequence of rows, flushes and merges and on the BLAS
// and the kernels that it chose for the CPU (LinearAlgebraVersion): not on how rows were
// cut into Update calls, nor on threads.
// Memory: 8 * rank * dim bytes (103 MB of 512 x 25,088), while rows are pending twice
// that, and while they are folded 80 * rank^2 more.
class Sketch {
 public:
  // dim: 1 .. kMaxDim; rank: 1 or more; more than dim is dim.
  static Result<Sketch> Make(int64_t dim, int64_t rank);

  // rows: n x dim, row-major. Rows must be finite, or Invalid names the row and column
  // and nothing is taken.
  Status Update(const float* rows, int64_t n);
  Status Update(const double* rows, int64_t n);
  // Ends the run of rows: folds the last, short chunk in. Merge, Serialize and reading
  // need it; Update after it starts a new chunk.
  Status Flush();
  // this := the sketch of this's rows followed by other's. Both flushed, dims and ranks
  // equal.
  Status Merge(const Sketch& other);

  int64_t dim() const { return dim_; }
  int64_t rank() const { return rank_; }
  int64_t count() const { return count_; }
  int64_t pending_rows() const { return pending_rows_; }
  std::span<const double> mean() const { return mean_; }
  // The scatter's diagonal: sums of (x_i - mean_i)^2. A constant column's is exactly 0.
  std::span<const double> squares() const { return squares_; }
  // R: kept() x dim, kept() <= rank(); all there is to know while nothing was lost.
  int64_t kept() const { return kept_; }
  std::span<const double> rows() const {
    return {rows_.data(), static_cast<size_t>(kept_ * dim_)};
  }
  // The most that was cut off of one direction at a time, with every column scaled to
  // squares of 1. 0: nothing was, R is exact.
  double lost() const { return lost_; }

  // The file of docs/formats.md, form 2; same state, same bytes.
  Result<std::string> Serialize() const;
  // Treats its input as hostile and says what is wrong; messages do not name the file.
  static Result<Sketch> Deserialize(std::string_view file, int64_t max_dim = kMaxDim);

 private:
  Sketch(int64_t dim, int64_t rank);
  template <typename T>
  Status UpdateRows(const T* rows, int64_t n);
  int64_t PendingAt() const { return kept_ + (count_ > 0 ? 1 : 0); }
  Status Fold();
  // Takes up `count` rows of this mean, whose own R has `lost`; what joins R beside them
  // is the difference of the means, as a row at `joint`. Invalid where squares overflow.
  Status Join(int64_t count, const std::vector<double>& mean,
              const std::vector<double>& squares, double lost, double* joint);
  // Of `total` rows at rows_, R is what is left; all of them where they fit.
  Status Truncate(int64_t total);

  int64_t dim_;
  int64_t rank_;
  int64_t count_ = 0;
  int64_t kept_ = 0;
  double lost_ = 0;
  std::vector<double> mean_;
  std::vector<double> squares_;
  AlignedVector rows_;  // R; while rows are pending, a free row and these below it
  int64_t pending_rows_ = 0;
};

}  // namespace pomona::stats
