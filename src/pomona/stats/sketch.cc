// SPDX-License-Identifier: Apache-2.0
// Merge and truncate: R and new rows, centred, are stacked, and of their product only the
// `rank` directions of the largest variance, in the correlation matrix, stay. What is cut
// off is a positive matrix, so R^T R never has more of a direction than the scatter has.
#include "pomona/stats/sketch.h"

#include <algorithm>
#include <cmath>
#include <new>

#include "pomona/stats/finite.h"
#include "pomona/stats/parallel.h"
#include "pomona/stats/truncate.h"

namespace pomona::stats {
namespace {

using internal::ParallelFor;

// Columns that one task takes.
constexpr int64_t kStripe = 64;

}  // namespace

Result<Sketch> Sketch::Make(int64_t dim, int64_t rank) {
  if (dim < 1 || dim > kMaxDim) {
    return Status::Invalid("a sketch of ", dim, " columns: need 1 to ", kMaxDim);
  }
  if (rank < 1) return Status::Invalid("a sketch of ", rank, " rows: need 1 or more");
  return Sketch(dim, std::min(rank, dim));
}

Sketch::Sketch(int64_t dim, int64_t rank)
    : dim_(dim), rank_(rank), mean_(dim), squares_(dim) {}

Status Sketch::Update(const float* rows, int64_t n) { return UpdateRows(rows, n); }
Status Sketch::Update(const double* rows, int64_t n) { return UpdateRows(rows, n); }

template <typename T>
Status Sketch::UpdateRows(const T* rows, int64_t n) {
  if (n <= 0) return Status::OK();
  ARROW_RETURN_NOT_OK(internal::CheckFiniteRows(rows, n, dim_));
  try {
    while (n > 0) {
      const int64_t first = PendingAt() + pending_rows_;
      const int64_t take = std::min(n, kChunkRows - pending_rows_);
      rows_.reserve((PendingAt() + kChunkRows) * dim_);
      rows_.resize(first * dim_);
      rows_.insert(rows_.end(), rows, rows + take * dim_);
      pending_rows_ += take;
      rows += take * dim_;
      n -= take;
      if (pending_rows_ == kChunkRows) ARROW_RETURN_NOT_OK(Fold());
    }
  } catch (const std::bad_alloc&) {
    return Status::OutOfMemory("no memory for a sketch of ", rank_, " rows and ", dim_,
                               " columns");
  }
  return Status::OK();
}

Status Sketch::Flush() {
  if (pending_rows_ == 0) return Status::OK();
  ARROW_RETURN_NOT_OK(Fold());
  rows_.resize(kept_ * dim_);
  rows_.shrink_to_fit();
  return Status::OK();
}

namespace {

// Column sums of a stripe of `n` rows.
void AddUp(const double* rows, int64_t n, int64_t stride, int64_t width, double* sum) {
  for (int64_t r = 0; r < n; ++r) {
    for (int64_t c = 0; c < width; ++c) sum[c] += rows[r * stride + c];
  }
}

// Centres `width` <= kStripe columns of `n` rows. A constant column becomes exactly 0.
void CentreStripe(double* rows, int64_t n, int64_t stride, int64_t width, double* mean,
                  double* squares) {
  const auto count = static_cast<double>(n);
  std::fill_n(mean, width, 0.0);
  AddUp(rows, n, stride, width, mean);
  bool constant[kStripe];
  for (int64_t c = 0; c < width; ++c) {
    mean[c] /= count;
    constant[c] = true;
    for (int64_t r = 1; r < n && constant[c]; ++r) {
      constant[c] = rows[r * stride + c] == rows[c];
    }
    if (constant[c]) mean[c] = rows[c];
  }
  for (int64_t r = 0; r < n; ++r) {
    for (int64_t c = 0; c < width; ++c) rows[r * stride + c] -= mean[c];
  }
  // The rounding error of the mean, which a column far from 0 has.
  double rest[kStripe] = {};
  AddUp(rows, n, stride, width, rest);
  for (int64_t c = 0; c < width; ++c) {
    rest[c] /= count;
    mean[c] += rest[c];
  }
  std::fill_n(squares, width, 0.0);
  for (int64_t r = 0; r < n; ++r) {
    for (int64_t c = 0; c < width; ++c) {
      double& x = rows[r * stride + c];
      x -= rest[c];
      squares[c] += x * x;
    }
  }
}

}  // namespace

Status Sketch::Fold() {
  const int64_t n = pending_rows_;
  double* rows = rows_.data() + PendingAt() * dim_;
  std::vector<double> mean(dim_), squares(dim_);
  ParallelFor((dim_ + kStripe - 1) / kStripe, [&](int64_t stripe) {
    const int64_t first = stripe * kStripe;
    CentreStripe(rows + first, n, dim_, std::min(kStripe, dim_ - first),
                 mean.data() + first, squares.data() + first);
  });
  const int64_t total = PendingAt() + n;
  ARROW_RETURN_NOT_OK(Join(n, mean, squares, 0, rows_.data() + kept_ * dim_));
  pending_rows_ = 0;
  return Truncate(total);
}

// Chan, Golub, LeVeque 1979: scatters add up, and delta * delta^T * na * nb / n, which is
// one more row of R. What was lost is seen in columns scaled by less than their squares
// are now: in no direction it is more than in the column that grew least.
Status Sketch::Join(int64_t count, const std::vector<double>& mean,
                    const std::vector<double>& squares, double lost, double* joint) {
  const auto na = static_cast<double>(count_), nb = static_cast<double>(count);
  const double root = std::sqrt(na * nb / (na + nb));
  double ours = 0, theirs = 0;
  for (int64_t i = 0; i < dim_; ++i) {
    const double delta = mean[i] - mean_[i];
    const double before = squares_[i];
    squares_[i] += squares[i];
    if (count_ > 0) {
      joint[i] = root * delta;
      squares_[i] += joint[i] * joint[i];
    }
    mean_[i] += delta * (nb / (na + nb));
    if (squares_[i] == 0) continue;
    if (!std::isfinite(squares_[i])) {
      return Status::Invalid("column ", i, ": the squares of its numbers are too large");
    }
    ours = std::max(ours, before / squares_[i]);
    theirs = std::max(theirs, squares[i] / squares_[i]);
  }
  count_ += count;
  lost_ = std::max(lost_ * ours, lost * theirs);
  return Status::OK();
}

Status Sketch::Merge(const Sketch& other) {
  if (dim_ != other.dim_ || rank_ != other.rank_) {
    return Status::Invalid("cannot merge a sketch of ", other.rank_, " rows and ",
                           other.dim_, " columns into one of ", rank_, " and ", dim_);
  }
  if (pending_rows_ != 0 || other.pending_rows_ != 0) {
    return Status::Invalid("sketches to merge have pending rows: call Flush first");
  }
  if (other.count_ == 0) return Status::OK();
  if (count_ == 0) {
    *this = other;
    return Status::OK();
  }
  const int64_t total = kept_ + 1 + other.kept_;
  try {
    rows_.resize(total * dim_);
  } catch (const std::bad_alloc&) {
    return Status::OutOfMemory("no memory for a sketch of ", total, " rows and ", dim_,
                               " columns");
  }
  std::copy_n(other.rows_.data(), other.kept_ * dim_, rows_.data() + (kept_ + 1) * dim_);
  ARROW_RETURN_NOT_OK(Join(other.count_, other.mean_, other.squares_, other.lost_,
                           rows_.data() + kept_ * dim_));
  ARROW_RETURN_NOT_OK(Truncate(total));
  rows_.resize(kept_ * dim_);
  rows_.shrink_to_fit();
  return Status::OK();
}

Status Sketch::Truncate(int64_t total) {
  if (total <= rank_) {
    kept_ = total;
    return Status::OK();
  }
  ARROW_ASSIGN_OR_RAISE(const double cut, internal::KeepLargest(rows_.data(), total, dim_,
                                                                squares_, rank_));
  lost_ = std::max(lost_, cut);
  kept_ = rank_;
  return Status::OK();
}

}  // namespace pomona::stats
