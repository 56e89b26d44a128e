// SPDX-License-Identifier: Apache-2.0
#include "pomona/image/exif.h"

#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace pomona::image {
namespace {

using namespace std::string_view_literals;

int Parse(std::string_view block) {
  // A copy of the exact size: reading past it is an error that sanitizers see.
  const std::vector<uint8_t> bytes(block.begin(), block.end());
  return ParseExifBlock(bytes);
}

TEST(Exif, ReadsTheOrientation) {
  struct Case {
    std::string_view block;
    int orientation;
  };
  const Case cases[] = {
      {"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0"sv, 6},
      {"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0"sv, 6},
      {"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x08\0\0"sv, 8},
      {"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x04\0\0\0\x01\0\0\0\x03"sv, 3},    // LONG
      {"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x02\0\0\0\x01\0\x03\0\0"sv, 1},    // text
      {"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x02\0\x03\0\0"sv, 1},    // two values
      {"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x09\0\0"sv, 1},    // out of range
      {"MM\0*\0\0\0\x08\xFF\xFF\x01\x12\0\x03\0\0\0\x01\0\x05\0\0"sv, 5},  // false count
      {"MM\0*\xFF\xFF\xFF\xFF\0\x01\x01\x12\0\x03\0\0\0\x01\0\x05\0\0"sv, 1},
      {"MM\0+\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x05\0\0"sv, 1},
      {"MI\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x05\0\0"sv, 1},
      {"http://ns.adobe.com/xap/1.0/\0<x>"sv, 1},
      {""sv, 1}};
  for (const Case& c : cases) {
    EXPECT_EQ(Parse(c.block), c.orientation) << testing::PrintToString(c.block);
  }
}

TEST(Exif, EveryCutIsUpright) {
  const auto block = "Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0"sv;
  for (size_t size = 0; size < block.size(); ++size) {
    EXPECT_EQ(Parse(block.substr(0, size)), 1) << size;
  }
}

}  // namespace
}  // namespace pomona::image
