// SPDX-License-Identifier: Apache-2.0
// Whatever parses must convert without touching foreign memory, and survive a round trip.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "pomona/base/safetensors.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view file(reinterpret_cast<const char*>(data), size);
  auto parsed = pomona::ParseSafetensors(file);
  if (!parsed.ok()) return 0;
  for (const auto& [name, tensor] : parsed->tensors) {
    (void)tensor.ToFloat32();
    (void)tensor.ToFloat64();
  }
  auto written = pomona::SerializeSafetensors(*parsed);
  if (!written.ok()) std::abort();
  auto again = pomona::ParseSafetensors(*written);
  if (!again.ok() || again->tensors.size() != parsed->tensors.size()) std::abort();
  return 0;
}
