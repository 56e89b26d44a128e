// SPDX-License-Identifier: Apache-2.0
#include "parse.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pomona::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(Parse, ShareIsPercentOrFraction) {
  EXPECT_DOUBLE_EQ(*ParseShare("5%"), 0.05);
  EXPECT_DOUBLE_EQ(*ParseShare("0.05"), 0.05);
  EXPECT_DOUBLE_EQ(*ParseShare("100%"), 1);
  EXPECT_DOUBLE_EQ(*ParseShare("0"), 0);
  for (const char* bad : {"", "%", "5", "-1%", "101%", "nan", "0.05x", "5 %"}) {
    EXPECT_FALSE(ParseShare(bad).ok()) << bad;
  }
}

TEST(Parse, SizeIsSquareOrHeightByWidth) {
  EXPECT_EQ(ParseSize("100")->height, 100);
  EXPECT_EQ(ParseSize("100")->width, 100);
  EXPECT_EQ(ParseSize("120x160")->height, 120);
  EXPECT_EQ(ParseSize("120x160")->width, 160);
  for (const char* bad : {"", "x", "0", "100x", "1x2x3", "100.5", "99999", "-3"}) {
    EXPECT_FALSE(ParseSize(bad).ok()) << bad;
  }
}

TEST(Parse, ColorHasThreeSpellings) {
  EXPECT_THAT(*ParseColor("white"), ElementsAre(255, 255, 255));
  EXPECT_THAT(*ParseColor("#ff8000"), ElementsAre(255, 128, 0));
  EXPECT_THAT(*ParseColor("1,2,3"), ElementsAre(1, 2, 3));
  for (const char* bad : {"", "#fff", "#12345g", "1,2", "1,2,256", "pink"}) {
    EXPECT_FALSE(ParseColor(bad).ok()) << bad;
  }
}

TEST(Parse, TripleIsOneNumberOrThree) {
  EXPECT_THAT(*ParseTriple("0.5"), ElementsAre(0.5F, 0.5F, 0.5F));
  EXPECT_THAT(*ParseTriple("1,2,-3"), ElementsAre(1.F, 2.F, -3.F));
  for (const char* bad : {"", "1,2", "1,2,x", "1,,3", "inf"}) {
    EXPECT_FALSE(ParseTriple(bad).ok()) << bad;
  }
}

TEST(Parse, WordsAreChecked) {
  EXPECT_THAT(*ParseWords("csv,npz,csv", {"csv", "npz"}), ElementsAre("csv", "npz"));
  EXPECT_TRUE(ParseWords("", {"csv"})->empty());
  EXPECT_THAT(ParseWords("xls", {"csv", "npz"}).status().message(),
              HasSubstr("'xls' is none of: csv, npz"));
}

TEST(Parse, ChoicesNameWhatIsAllowed) {
  EXPECT_EQ(*ParseFit("crop"), image::Fit::kCrop);
  EXPECT_EQ(*ParseFilter("lanczos"), image::Filter::kLanczos);
  EXPECT_EQ(*ParsePool("avg"), model::Pool::kAvg);
  EXPECT_EQ(*ParseConvention("sklearn"), stats::Convention::kSklearn);
  EXPECT_TRUE(*ParseYesNo("yes"));
  EXPECT_THAT(ParseFit("squash").status().message(),
              HasSubstr("none of: stretch, crop, pad"));
}

}  // namespace
}  // namespace pomona::cli
