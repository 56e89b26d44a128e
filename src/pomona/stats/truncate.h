// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

#include "pomona/base/status.h"

namespace pomona::stats::internal {

// rows: n x dim, whose product A = rows^T rows is to be kept as well as `keep` < n rows
// can, with each column divided by the root of `squares` (one of 0 does not count). The
// first `keep` rows are replaced; A less their product is positive semidefinite. Returns
// the largest eigenvalue of what was cut off, scaled so. Parallel; the bits do not depend
// on threads. OutOfMemory, and UnknownError when LAPACK gives up.
Result<double> KeepLargest(double* rows, int64_t n, int64_t dim,
                           std::span<const double> squares, int64_t keep);

}  // namespace pomona::stats::internal
