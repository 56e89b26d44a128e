// SPDX-License-Identifier: Apache-2.0
#include "pomona/base/shallow_json.h"

namespace pomona {

std::string_view ShallowJson(std::string_view text) {
  constexpr int kDeepest = 100;
  int depth = 0;
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"') {
      quoted = !quoted;
    } else if (quoted) {
      if (c == '\\') ++i;
    } else if (c == '[' || c == '{') {
      if (++depth > kDeepest) return "";
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
  return text;
}

}  // namespace pomona
