// SPDX-License-Identifier: Apache-2.0
#include "pomona/stats/moments.h"

#include <algorithm>
#include <new>

#include "pomona/stats/chunk.h"
#include "pomona/stats/finite.h"
#include "pomona/stats/parallel.h"

namespace pomona::stats {
namespace {

using internal::kGroup;
using internal::kPanel;
using internal::ParallelFor;

int64_t RowStart(int64_t i) { return i * (i + 1) / 2; }

}  // namespace

Result<Moments> Moments::Make(int64_t dim) {
  if (dim < 1 || dim > kMaxDim) {
    return Status::Invalid("moments of ", dim, " columns: need 1 to ", kMaxDim);
  }
  try {
    return Moments(dim);
  } catch (const std::bad_alloc&) {
    return Status::OutOfMemory("moments of ", dim, " columns need ", 4 * dim * dim,
                               " bytes");
  }
}

Moments::Moments(int64_t dim) : dim_(dim), mean_(dim), scatter_(RowStart(dim)) {}

double Moments::scatter_at(int64_t i, int64_t j) const {
  return scatter_[RowStart(std::max(i, j)) + std::min(i, j)];
}

Status Moments::Update(const float* rows, int64_t n) { return UpdateRows(rows, n); }
Status Moments::Update(const double* rows, int64_t n) {
  if (n > 0) keeps_rows_ = false;
  return UpdateRows(rows, n);
}

template <typename T>
Status Moments::UpdateRows(const T* rows, int64_t n) {
  if (n <= 0) return Status::OK();
  ARROW_RETURN_NOT_OK(internal::CheckFiniteRows(rows, n, dim_));
  try {
    pending_.resize(internal::PanelCount(dim_) * kChunkRows * kPanel);
    while (n > 0) {
      const int64_t take = std::min(n, kChunkRows - pending_rows_);
      Append(rows, take);
      rows += take * dim_;
      n -= take;
      if (pending_rows_ == kChunkRows) Fold();
    }
  } catch (const std::bad_alloc&) {
    return Status::OutOfMemory("no memory for a chunk of ", kChunkRows, " rows of ", dim_,
                               " columns");
  }
  return Status::OK();
}

template <typename T>
void Moments::Append(const T* rows, int64_t n) {
  if (count_ > 0) keeps_rows_ = false;
  if (!keeps_rows_) {
    only_rows_ = {};
  } else if constexpr (std::is_same_v<T, float>) {
    only_rows_.insert(only_rows_.end(), rows, rows + n * dim_);
  }
  for (int64_t r = 0; r < n; ++r, ++pending_rows_, rows += dim_) {
    double* to = pending_.data() + pending_rows_ * kPanel;
    for (int64_t c = 0; c < dim_; c += kPanel, to += kChunkRows * kPanel) {
      std::copy_n(rows + c, std::min(kPanel, dim_ - c), to);
    }
  }
}

void Moments::Flush() {
  if (pending_rows_ > 0) Fold();
  pending_ = {};
}

// Chan, Golub, LeVeque 1979, equation 2.1b for vectors: the chunk's centred scatter is
// its products less rows * mean * mean, and joins the state with delta * delta^T * na *
// nb / n. Done tile by tile: there is never a second triangle.
void Moments::Fold() {
  const internal::Chunk chunk(pending_.data(), dim_, pending_rows_);
  const internal::Kernels& kernels = internal::BestKernels();
  const auto na = static_cast<double>(count_), nb = static_cast<double>(chunk.rows());
  const double factor = na * nb / (na + nb);
  std::vector<double> centre(dim_), delta(dim_);
  for (int64_t i = 0; i < dim_; ++i) {
    centre[i] = chunk.shifted_mean(i);
    delta[i] = chunk.shift(i) + centre[i] - mean_[i];
  }
  ParallelFor(internal::PanelCount(dim_), [&](int64_t p) {
    alignas(64) double tile[kGroup * kPanel];
    for (int64_t column = p * kPanel; column < dim_; column += kGroup) {
      chunk.Products(kernels, p, column, tile);
      for (int64_t i = column; i < std::min(column + kGroup, dim_); ++i) {
        const double da = count_ == 0 ? 0.0 : factor * delta[i];
        kernels.add_products(tile + (i - column) * kPanel, nb * centre[i],
                             centre.data() + p * kPanel, da, delta.data() + p * kPanel,
                             std::min(kPanel, i - p * kPanel + 1),
                             scatter_.data() + RowStart(i) + p * kPanel);
      }
    }
  });
  for (int64_t i = 0; i < dim_; ++i) mean_[i] += delta[i] * (nb / (na + nb));
  count_ += chunk.rows();
  pending_rows_ = 0;
}

Status Moments::Merge(const Moments& other) {
  if (dim_ != other.dim_) {
    return Status::Invalid("cannot merge moments of ", other.dim_, " columns into ",
                           dim_);
  }
  if (pending_rows_ != 0 || other.pending_rows_ != 0) {
    return Status::Invalid("moments to merge have pending rows: call Flush first");
  }
  if (other.count_ == 0) return Status::OK();
  if (count_ == 0) {
    *this = other;
    return Status::OK();
  }
  const auto na = static_cast<double>(count_), nb = static_cast<double>(other.count_);
  const double factor = na * nb / (na + nb);
  std::vector<double> delta(dim_);
  for (int64_t i = 0; i < dim_; ++i) delta[i] = other.mean_[i] - mean_[i];
  ParallelFor(dim_, [&](int64_t i) {
    double* to = scatter_.data() + RowStart(i);
    const double* from = other.scatter_.data() + RowStart(i);
    const double di = factor * delta[i];
    for (int64_t j = 0; j <= i; ++j) to[j] += from[j] + di * delta[j];
  });
  for (int64_t i = 0; i < dim_; ++i) mean_[i] += delta[i] * (nb / (na + nb));
  count_ += other.count_;
  keeps_rows_ = false;
  only_rows_ = {};
  return Status::OK();
}

}  // namespace pomona::stats
