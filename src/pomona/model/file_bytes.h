// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "pomona/base/status.h"

namespace pomona::model {

// The whole file. `what` ("weights", "network") is for messages: IOError naming the file
// and the reason.
Result<std::string> ReadFileBytes(const std::string& path, const std::string& what);

}  // namespace pomona::model
