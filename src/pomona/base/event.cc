// SPDX-License-Identifier: Apache-2.0
#include "pomona/base/event.h"

#include <nlohmann/json.hpp>

namespace pomona {

std::string ToJsonLine(const Event& event) {
  nlohmann::ordered_json line;
  line["event"] = event.kind;
  for (const auto& [name, value] : event.fields) {
    std::visit([&, &key = name](const auto& v) { line[key] = v; }, value);
  }
  return line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace pomona
