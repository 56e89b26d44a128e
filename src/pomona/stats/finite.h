// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "pomona/base/status.h"

namespace pomona::stats::internal {

// rows: n x dim. Invalid names the first number that is not finite.
template <typename T>
Status CheckFiniteRows(const T* rows, int64_t n, int64_t dim) {
  const auto* bad =
      std::find_if_not(rows, rows + n * dim, [](T x) { return std::isfinite(x); });
  if (bad == rows + n * dim) return Status::OK();
  const int64_t at = bad - rows;
  return Status::Invalid("row ", at / dim, ", column ", at % dim, " is ", *bad,
                         ": moments need finite numbers; leave such rows out");
}

}  // namespace pomona::stats::internal
