// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include <nlohmann/json_fwd.hpp>

namespace pomona {

// What `text` says. A discarded value (neither object nor array) where it is no JSON, or
// nests over 100 deep: nlohmann parses without recursion, but copies, compares and prints
// with it, and a file of a million "[" would end the process. Read all foreign JSON so.
nlohmann::json ParseJson(std::string_view text);  // keys sorted
nlohmann::ordered_json ParseOrderedJson(std::string_view text);

}  // namespace pomona
