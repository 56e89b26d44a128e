// SPDX-License-Identifier: Apache-2.0
// Crash hooks for tests/faults. In test builds (POMONA_FAULT_HOOKS) the environment
// variable POMONA_KILL_AT=NAME kills this process with SIGKILL when it passes the point
// NAME, POMONA_KILL_AT=NAME#3 at the third passing. POMONA_LIST_POINTS=FILE appends the
// name of every point passed. In release builds a point is nothing.
#pragma once

#include <string_view>

namespace pomona {

#ifdef POMONA_FAULT_HOOKS
void FaultPoint(std::string_view name);
#else
inline void FaultPoint(std::string_view) {}
#endif

}  // namespace pomona
