// SPDX-License-Identifier: Apache-2.0
// Foreign JSON is parsed without recursion, but copied, compared and printed with it: a
// file of a million "[" would end the process.
#pragma once

#include <string_view>

namespace pomona {

// `text`, or "" (which no parser takes) where arrays and objects nest over 100 deep.
// Parse nothing foreign without it.
std::string_view ShallowJson(std::string_view text);

}  // namespace pomona
