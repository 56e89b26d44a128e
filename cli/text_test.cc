// SPDX-License-Identifier: Apache-2.0
#include "text.h"

#include <cmath>

#include <gtest/gtest.h>

namespace pomona::cli {
namespace {

TEST(Text, CountsHaveSeparators) {
  EXPECT_EQ(Count(0), "0");
  EXPECT_EQ(Count(999), "999");
  EXPECT_EQ(Count(1000), "1,000");
  EXPECT_EQ(Count(-1234567), "-1,234,567");
  EXPECT_EQ(Count(1, "image"), "1 image");
  EXPECT_EQ(Count(8460, "image"), "8,460 images");
}

TEST(Text, BytesAndDurationsAreShort) {
  EXPECT_EQ(Bytes(512), "512 B");
  EXPECT_EQ(Bytes(999'999), "1.0 MB");
  EXPECT_EQ(Bytes(58'866'000), "58.9 MB");
  EXPECT_EQ(Duration(0.44), "0.4 s");
  EXPECT_EQ(Duration(12.4), "12 s");
  EXPECT_EQ(Duration(185), "3:05 min");
  EXPECT_EQ(Duration(7509), "2:05:09 h");
  EXPECT_EQ(Duration(std::nan("")), "?");
  EXPECT_EQ(Rate(12.34), "12.3");
  EXPECT_EQ(Rate(1340.2), "1,340");
}

TEST(Text, BarsFillTheirWidth) {
  EXPECT_EQ(Bar(0.5, 4, false), "##..");
  EXPECT_EQ(Bar(2, 3, false), "###");
  EXPECT_EQ(Bar(std::nan(""), 3, false), "...");
  EXPECT_EQ(Bar(0.5, 3, true), "█▌ ");
  EXPECT_EQ(Bar(1, 0, true), "");
  for (int width = 0; width < 40; ++width) {
    EXPECT_EQ(Columns(Bar(0.37, width, true)), static_cast<size_t>(width));
  }
}

TEST(Text, CutKeepsTheEndAndWholeCodePoints) {
  EXPECT_EQ(CutFront("abc", 3), "abc");
  EXPECT_EQ(CutFront("folder/pear.jpg", 11), "...pear.jpg");
  EXPECT_EQ(CutFront("ééééé", 4), "...é");
  EXPECT_EQ(CutFront("abcdef", 2), "..");
}

TEST(Text, ControlBytesCannotReachTheTerminal) {
  EXPECT_EQ(Printable("a\x1b[31m\nb\x7f"), "a\\x1B[31m\\x0Ab\\x7F");
  EXPECT_EQ(Printable("pêche"), "pêche");
}

TEST(Text, TableSetsNumbersRight) {
  EXPECT_EQ(Table({{"name", "n"}, {"a", "1"}, {"bcdef", "10"}}),
            "name    n\na       1\nbcdef  10\n");
}

}  // namespace
}  // namespace pomona::cli
