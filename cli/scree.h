// SPDX-License-Identifier: Apache-2.0
// The scree of a PCA as bars: share of the variance per component, and what the first
// components explain together.
#pragma once

#include <string>
#include <vector>

namespace pomona::cli {

// A line a component, `width` columns at most: number, share, cumulative share, bar (as
// long as the share is of the largest). Long screes show the first `max_rows` - 1 and the
// last one. `kept` components are the reducer's; the line under the last of them says so
// when more eigenvalues are known.
std::string ScreeBars(const std::vector<double>& shares, size_t kept, int width,
                      bool unicode, size_t max_rows = 20);

}  // namespace pomona::cli
