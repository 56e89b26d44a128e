// SPDX-License-Identifier: Apache-2.0
// Moments as Python holds them: without columns until the first rows come.
#pragma once

#include <optional>

#include "pomona/stats/moments.h"

namespace pomona::python {

struct MomentsState {
  std::optional<stats::Moments> moments;
  // Folds the last rows in; raises ValueError when there were none.
  stats::Moments& Flushed();
};

}  // namespace pomona::python
