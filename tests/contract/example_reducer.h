// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pomona/stats/reducer.h"

namespace pomona::test {

// Three columns, one of them constant, to two components.
inline stats::Reducer ExampleReducer(
    stats::Convention convention = stats::Convention::kSpark) {
  stats::Reducer r;
  r.convention = convention;
  r.dim = 3;
  r.count = 12;
  r.mean = {1, 2.5, -3};
  r.scale = {1, 0.1, 0};
  r.components = {0.6, 0.8, 0, 0.8, -0.6, 0};
  r.eigenvalues = {1.9, 0.1, 0};
  r.total_variance = 2;
  r.method = "lapack";
  return r;
}

}  // namespace pomona::test
