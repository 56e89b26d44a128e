// SPDX-License-Identifier: Apache-2.0
// A symmetric matrix as a packed lower triangle, and its product with a vector.
#pragma once

#include <cstdint>
#include <vector>

#include "pomona/stats/aligned.h"

namespace pomona::stats::internal {

class SymmetricMatrix {
 public:
  SymmetricMatrix(int64_t n, AlignedVector packed);  // (i, j), j <= i, at i(i+1)/2 + j

  int64_t size() const { return n_; }
  double at(int64_t i, int64_t j) const {
    return i >= j ? packed_[i * (i + 1) / 2 + j] : packed_[j * (j + 1) / 2 + i];
  }
  double Trace() const;
  // y = A x. Parallel; the bits do not depend on threads.
  void Multiply(const double* x, double* y) const;
  // The square matrix, of which only (i, j), j <= i, at i * n + j is set: LAPACK's upper
  // triangle in column order.
  AlignedVector LowerSquare() const;

 private:
  // Work is cut into this many runs of rows, of about the same number of elements.
  static constexpr int64_t kRuns = 32;
  int64_t RunStart(int64_t run) const;

  int64_t n_;
  AlignedVector packed_;
};

}  // namespace pomona::stats::internal
