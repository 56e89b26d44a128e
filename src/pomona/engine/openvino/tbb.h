// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pomona/base/status.h"

namespace pomona::engine {

// OK when the oneTBB loaded into this process is the one we were built against (the one
// OpenVINO brings). Another library may have pulled in Debian's: Invalid, naming both
// versions.
Status CheckTbb();

}  // namespace pomona::engine
