// SPDX-License-Identifier: Apache-2.0
// Moments: count, mean and centred scatter of rows, in float64. They are all that the
// scaler and the PCA of any k need, and they merge (Chan, Golub, LeVeque 1979), so rows
// are seen once, in any number of places. docs/numerics.md has the arithmetic.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pomona/base/status.h"
#include "pomona/stats/aligned.h"

namespace pomona::stats {

// Rows are summed in chunks of this many, so that the order of additions, and with it
// every bit, follows from the rows alone.
inline constexpr int64_t kChunkRows = 512;
inline constexpr int64_t kMaxDim = 65'535;

// Not thread-safe; Update, Flush and Merge use the calling thread's TBB arena inside. The
// bits of the result depend on the sequence of rows, flushes and merges alone: not on how
// rows were cut into Update calls, nor on threads, nor on the CPU's instruction set.
// Memory: 4 * dim * dim bytes (85 MB at 4,608); while rows are pending, 10 KB a column
// more.
class Moments {
 public:
  // dim: 1 .. kMaxDim.
  static Result<Moments> Make(int64_t dim);

  // rows: n x dim, row-major. Rows must be finite, or Invalid names the row and column
  // and nothing is taken.
  Status Update(const float* rows, int64_t n);
  Status Update(const double* rows, int64_t n);
  // Ends the run of rows: folds the last, short chunk in. Merge, Serialize and reading
  // need it; Update after it starts a new chunk.
  void Flush();
  // this := moments of this's rows followed by other's. Both flushed, dims equal. Merging
  // with moments of no rows changes no bit.
  Status Merge(const Moments& other);

  int64_t dim() const { return dim_; }
  // Rows folded in: all, once flushed.
  int64_t count() const { return count_; }
  int64_t pending_rows() const { return pending_rows_; }
  std::span<const double> mean() const { return mean_; }
  // Lower triangle by rows: element (i, j), j <= i, at i * (i + 1) / 2 + j. Sum over rows
  // of (x_i - mean_i) * (x_j - mean_j). A constant column's is exactly 0.
  std::span<const double> scatter() const { return scatter_; }
  double scatter_at(int64_t i, int64_t j) const;

  // A self-describing file with a checksum (docs/formats.md); same state, same bytes.
  // Moments of one chunk of float32 rows are stored as these rows, which is smaller.
  Result<std::string> Serialize() const;
  // Treats its input as hostile and says what is wrong; messages do not name the file.
  // A state of more than max_dim columns is refused before its memory is asked for.
  static Result<Moments> Deserialize(std::string_view file, int64_t max_dim = 16'384);

 private:
  explicit Moments(int64_t dim);
  template <typename T>
  Status UpdateRows(const T* rows, int64_t n);
  template <typename T>
  void Append(const T* rows, int64_t n);
  void Fold();

  int64_t dim_ = 0;
  int64_t count_ = 0;
  std::vector<double> mean_;
  std::vector<double> scatter_;
  AlignedVector pending_;  // the current chunk, in panels (kernel.h)
  int64_t pending_rows_ = 0;
  std::vector<float> only_rows_;  // all rows, while they are one chunk of float32
  bool keeps_rows_ = true;
};

}  // namespace pomona::stats
