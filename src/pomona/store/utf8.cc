// SPDX-License-Identifier: Apache-2.0
#include "pomona/store/utf8.h"

#include <cstdint>

namespace pomona::store {
namespace {

// Length of the well-formed sequence at the start of `s` (not empty), 0 when there is
// none. Ranges: Unicode 15, table 3-7.
size_t SequenceLength(std::string_view s) {
  const auto byte = [&](size_t i) {
    return i < s.size() ? static_cast<uint8_t>(s[i]) : uint8_t{0};
  };
  const auto tail = [&](size_t i) { return (byte(i) & 0xC0) == 0x80; };
  const uint8_t lead = byte(0);
  const uint8_t second = byte(1);
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return tail(1) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    const bool ok =
        tail(1) && (lead != 0xE0 || second >= 0xA0) && (lead != 0xED || second <= 0x9F);
    return ok && tail(2) ? 3 : 0;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    const bool ok =
        tail(1) && (lead != 0xF0 || second >= 0x90) && (lead != 0xF4 || second <= 0x8F);
    return ok && tail(2) && tail(3) ? 4 : 0;
  }
  return 0;
}

}  // namespace

bool IsUtf8(std::string_view bytes) {
  while (!bytes.empty()) {
    const size_t n = SequenceLength(bytes);
    if (n == 0) return false;
    bytes.remove_prefix(n);
  }
  return true;
}

std::string EscapeInvalidUtf8(std::string_view bytes) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  out.reserve(bytes.size());
  while (!bytes.empty()) {
    const size_t n = SequenceLength(bytes);
    if (n == 0) {
      const auto byte = static_cast<uint8_t>(bytes[0]);
      out += {'\\', 'x', kHex[byte >> 4], kHex[byte & 15]};
      bytes.remove_prefix(1);
    } else {
      out += bytes.substr(0, n);
      bytes.remove_prefix(n);
    }
  }
  return out;
}

}  // namespace pomona::store
