// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cmath>
#include <new>

#include "pomona/stats/kernel.h"
#include "pomona/stats/parallel.h"
#include "pomona/stats/reducer.h"

namespace pomona::stats {
namespace {

using internal::kPanel;

// Rows that one task works on; no bit depends on it.
constexpr int64_t kTaskRows = 32;

// The numbers of a few rows that are not 0, as lists.
struct Lists {
  std::vector<int64_t> start;
  std::vector<uint16_t> index;
  std::vector<double> value;
};

template <typename T>
Status MakeLists(const T* rows, int64_t first, int64_t last, int64_t dim, Lists* lists) {
  lists->start.push_back(0);
  for (int64_t r = first; r < last; ++r) {
    for (int64_t c = 0; c < dim; ++c) {
      const T x = rows[r * dim + c];
      if (x == 0) continue;
      if (!std::isfinite(x)) {
        return Status::Invalid("row ", r, ", column ", c, " is ", x,
                               ": a reducer needs finite numbers; leave such rows out");
      }
      lists->index.push_back(static_cast<uint16_t>(c));
      lists->value.push_back(static_cast<double>(x));
    }
    lists->start.push_back(static_cast<int64_t>(lists->index.size()));
  }
  return Status::OK();
}

}  // namespace

Result<Transformer> Transformer::Make(const Reducer& reducer) {
  ARROW_RETURN_NOT_OK(reducer.Validate());
  Transformer t;
  t.dim_ = reducer.dim;
  t.k_ = reducer.k();
  const int64_t panels = (t.k_ + kPanel - 1) / kPanel;
  t.weights_.assign(panels * t.dim_ * kPanel, 0.0);
  t.offset_.assign(panels * kPanel, 0.0);
  for (int64_t c = 0; c < t.k_; ++c) {
    for (int64_t j = 0; j < t.dim_; ++j) {
      const double scale = reducer.scale[j];
      const double weight = scale > 0 ? reducer.components[c * t.dim_ + j] / scale : 0.0;
      t.weights_[((c / kPanel) * t.dim_ + j) * kPanel + c % kPanel] = weight;
      if (reducer.subtracts_mean()) t.offset_[c] += weight * reducer.mean[j];
    }
  }
  return t;
}

template <typename T>
Status Transformer::ApplyRows(const T* rows, int64_t first, int64_t last, T* out) const {
  Lists lists;
  ARROW_RETURN_NOT_OK(MakeLists(rows, first, last, dim_, &lists));
  const internal::SparseLists view = {lists.start.data(), lists.index.data(),
                                      lists.value.data()};
  const internal::Kernels& kernels = internal::BestKernels();
  alignas(64) std::array<double, kTaskRows * kPanel> sums;
  for (int64_t c = 0; c < k_; c += kPanel) {
    kernels.combine_lists(weights_.data() + c * dim_, view, 0, last - first, sums.data());
    for (int64_t r = 0; r < last - first; ++r) {
      for (int64_t i = c; i < std::min(c + kPanel, k_); ++i) {
        out[(first + r) * k_ + i] = static_cast<T>(sums[r * kPanel + i - c] - offset_[i]);
      }
    }
  }
  return Status::OK();
}

template <typename T>
Status Transformer::ApplyAll(const T* rows, int64_t n, T* out) const {
  const int64_t tasks = (n + kTaskRows - 1) / kTaskRows;
  std::vector<Status> status(tasks);
  internal::ParallelFor(tasks, [&](int64_t t) {
    try {
      status[t] = ApplyRows(rows, t * kTaskRows, std::min(n, (t + 1) * kTaskRows), out);
    } catch (const std::bad_alloc&) {
      status[t] = Status::OutOfMemory("no memory to transform rows");
    }
  });
  for (const Status& s : status) ARROW_RETURN_NOT_OK(s);
  return Status::OK();
}

Status Transformer::Apply(const float* rows, int64_t n, float* out) const {
  return ApplyAll(rows, n, out);
}
Status Transformer::Apply(const double* rows, int64_t n, double* out) const {
  return ApplyAll(rows, n, out);
}

}  // namespace pomona::stats
