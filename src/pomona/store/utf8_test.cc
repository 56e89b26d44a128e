// SPDX-License-Identifier: Apache-2.0
#include "pomona/store/utf8.h"

#include <gtest/gtest.h>

namespace pomona::store {
namespace {

TEST(Utf8, TellsAndEscapes) {
  struct Case {
    std::string bytes, escaped;
  };
  const std::string nul("a\0b", 3);
  const Case cases[] = {
      {"", ""},
      {"apple", "apple"},
      {"Äpfel 苹果 🍎\n", "Äpfel 苹果 🍎\n"},
      {nul, nul},
      {"caf\xE9", "caf\\xE9"},
      {"\xC0\xAF", "\\xC0\\xAF"},                    // overlong
      {"\xE0\x80\xAF", "\\xE0\\x80\\xAF"},           // overlong
      {"\xED\xA0\x80", "\\xED\\xA0\\x80"},           // surrogate
      {"\xF4\x90\x80\x80", "\\xF4\\x90\\x80\\x80"},  // beyond U+10FFFF
      {"\xE8\x8B", "\\xE8\\x8B"},                    // cut short
      {"\x80x\xFF", "\\x80x\\xFF"},
  };
  for (const auto& [bytes, escaped] : cases) {
    EXPECT_EQ(EscapeInvalidUtf8(bytes), escaped);
    EXPECT_EQ(IsUtf8(bytes), bytes == escaped) << escaped;
    EXPECT_TRUE(IsUtf8(escaped));
  }
}

}  // namespace
}  // namespace pomona::store
