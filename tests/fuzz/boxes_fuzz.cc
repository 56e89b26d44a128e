// SPDX-License-Identifier: Apache-2.0
// Files of boxes: what parses lies in its photo, or is refused.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "pomona/learn/box_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view file(reinterpret_cast<const char*>(data), size);
  const auto boxes = pomona::learn::ParseBoxes(file, "fuzzed");
  if (!boxes.ok()) return 0;
  for (const auto& [photo, list] : *boxes) {
    for (const auto& box : list) {
      const auto in = box.In(640, 480);
      if (!in.ok()) continue;
      if (!(in->left >= 0 && in->right <= 640 && in->top >= 0 && in->bottom <= 480)) {
        std::abort();
      }
      if (!(pomona::learn::SharedOfBoth(*in, *in) > 0.99)) std::abort();
    }
  }
  return 0;
}
