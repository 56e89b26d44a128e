// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace pomona::engine {

// The inference library with its build: "openvino 2026.4.1-...". Part of the plan.
std::string BackendVersion();

}  // namespace pomona::engine
