// SPDX-License-Identifier: Apache-2.0
#include "pomona/stats/symmetric.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "pomona/stats/kernel.h"
#include "pomona/stats/parallel.h"

namespace pomona::stats::internal {

SymmetricMatrix::SymmetricMatrix(int64_t n, AlignedVector packed)
    : n_(n), packed_(std::move(packed)) {}

double SymmetricMatrix::Trace() const {
  double sum = 0;
  for (int64_t i = 0; i < n_; ++i) sum += at(i, i);
  return sum;
}

int64_t SymmetricMatrix::RunStart(int64_t run) const {
  const double share = std::sqrt(static_cast<double>(run) / kRuns);
  return std::min(n_, static_cast<int64_t>(share * static_cast<double>(n_)));
}

void SymmetricMatrix::Multiply(const double* x, double* y) const {
  const int64_t stride = (n_ + 7) / 8 * 8;
  AlignedVector partial(kRuns * stride);
  const Kernels& kernels = BestKernels();
  ParallelFor(kRuns, [&](int64_t run) {
    kernels.symv_rows(packed_.data(), RunStart(run), RunStart(run + 1), x,
                      partial.data() + run * stride);
  });
  std::fill_n(y, n_, 0.0);
  for (int64_t run = 0; run < kRuns; ++run) {
    const double* from = partial.data() + run * stride;
    for (int64_t i = 0, end = RunStart(run + 1); i < end; ++i) y[i] += from[i];
  }
}

AlignedVector SymmetricMatrix::LowerSquare() const {
  AlignedVector square(n_ * n_);
  for (int64_t i = 0; i < n_; ++i) {
    std::copy_n(packed_.data() + i * (i + 1) / 2, i + 1, square.data() + i * n_);
  }
  return square;
}

}  // namespace pomona::stats::internal
