// SPDX-License-Identifier: Apache-2.0
#include "pomona/engine/backend_version.h"

#include <openvino/core/version.hpp>

namespace pomona::engine {

std::string BackendVersion() {
  return std::string("openvino ") + ov::get_openvino_version().buildNumber;
}

}  // namespace pomona::engine
