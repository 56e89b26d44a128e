// SPDX-License-Identifier: Apache-2.0
#include "pomona/base/json.h"

#include <nlohmann/json.hpp>

namespace pomona {
namespace {

bool TooDeep(std::string_view text) {
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
      if (++depth > kDeepest) return true;
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
  return false;
}

template <class Json>
Json Parse(std::string_view text) {
  if (TooDeep(text)) return Json::value_t::discarded;
  return Json::parse(text, nullptr, false);
}

}  // namespace

nlohmann::json ParseJson(std::string_view text) { return Parse<nlohmann::json>(text); }

nlohmann::ordered_json ParseOrderedJson(std::string_view text) {
  return Parse<nlohmann::ordered_json>(text);
}

}  // namespace pomona
