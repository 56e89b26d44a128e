// SPDX-License-Identifier: Apache-2.0
// Names are bytes to the file system and UTF-8 to tables: telling and bridging the two.
#pragma once

#include <string>
#include <string_view>

namespace pomona::store {

// Well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms, up to U+10FFFF).
bool IsUtf8(std::string_view bytes);

// `bytes` with each byte that is not part of well-formed UTF-8 as \xNN (upper case).
std::string EscapeInvalidUtf8(std::string_view bytes);

}  // namespace pomona::store
