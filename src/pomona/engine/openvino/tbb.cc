// SPDX-License-Identifier: Apache-2.0
#include "pomona/engine/openvino/tbb.h"

#include <oneapi/tbb/version.h>

namespace pomona::engine {

Status CheckTbb() {
  const int loaded = TBB_runtime_interface_version();
  if (loaded == TBB_INTERFACE_VERSION) return Status::OK();
  return Status::Invalid("oneTBB ", TBB_runtime_version(), " (interface ", loaded,
                         ") is loaded, ", TBB_VERSION_STRING, " (interface ",
                         TBB_INTERFACE_VERSION,
                         ") of the openvino package needed: another library of this "
                         "process brought its own");
}

}  // namespace pomona::engine
