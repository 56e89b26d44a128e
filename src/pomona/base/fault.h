// SPDX-License-Identifier: Apache-2.0
// Crash hooks for tests/faults. In test builds (CMake's POMONA_FAULT_HOOKS, which only
// fault.cc sees, so that all builds share the rest) the environment variable
// POMONA_KILL_AT=NAME kills this process with SIGKILL when it passes the point NAME,
// POMONA_KILL_AT=NAME#3 at the third passing. POMONA_LIST_POINTS=FILE appends the name of
// every point passed. In release builds a point does nothing.
#pragma once

#include <string_view>

namespace pomona {

void FaultPoint(std::string_view name);
// False in release builds.
bool HasFaultHooks();

}  // namespace pomona
