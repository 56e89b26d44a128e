// SPDX-License-Identifier: Apache-2.0
#include "pomona/learn/taxonomy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pomona::learn {
namespace {

using testing::HasSubstr;

std::string Error(std::string_view csv) {
  const auto read = Taxonomy::FromCsv(csv, "mine.csv");
  return read.ok() ? "" : read.status().message();
}

TEST(Taxonomy, TellsWhatALabelSaysAndNoMore) {
  const auto taxonomy = Taxonomy::BuiltIn().ValueOrDie();
  EXPECT_EQ(taxonomy.Find("Tomato not Ripened 1", Target::kFruit), "Tomato");
  EXPECT_EQ(taxonomy.Find("Tomato not Ripened 1", Target::kMaturity), "unripe");
  EXPECT_EQ(taxonomy.Find("Tomato 1", Target::kMaturity), std::nullopt);
  EXPECT_EQ(taxonomy.Find("Tomato Cherry Red 1", Target::kMaturity), "ripe");
  EXPECT_EQ(taxonomy.Find("apple_rotten_1", Target::kHealth), "rotten");
  EXPECT_EQ(taxonomy.Find("apple_red_1", Target::kHealth), "healthy");
  EXPECT_EQ(taxonomy.Find("Apple hit 1", Target::kHealth), "damaged");
  EXPECT_EQ(taxonomy.Find("Apple Red 1", Target::kHealth), std::nullopt);
  EXPECT_EQ(taxonomy.Find("Granny-Smith", Target::kFruit), "Apple");
  EXPECT_EQ(taxonomy.Find("Spaceship", Target::kFruit), std::nullopt);
  EXPECT_EQ(taxonomy.Find("Spaceship", Target::kLabel), "Spaceship");
}

TEST(Taxonomy, ReadsAUsersOwn) {
  const auto taxonomy =
      Taxonomy::FromCsv("fruit,extra,label\nApple,7,\"a, b\"\n,8,c\n", "mine.csv")
          .ValueOrDie();
  EXPECT_EQ(taxonomy.Find("a, b", Target::kFruit), "Apple");
  EXPECT_TRUE(taxonomy.Knows("c"));
  EXPECT_EQ(taxonomy.Find("c", Target::kFruit), std::nullopt);
  EXPECT_EQ(taxonomy.Find("c", Target::kHealth), std::nullopt);
}

TEST(Taxonomy, SaysWhatIsWrong) {
  EXPECT_THAT(Error("fruit\nApple\n"), HasSubstr("no column 'label'"));
  EXPECT_THAT(Error("label,fruit\na,Apple\na,Pear\n"), HasSubstr("row 2: the label 'a'"));
  EXPECT_THAT(Error("label,fruit\n,Apple\n"), HasSubstr("row 1: the label is empty"));
  EXPECT_THAT(Error("label,health\na,ill\n"), HasSubstr("'ill' is none of healthy, "));
  EXPECT_THAT(Error("label,maturity\na,green\n"), HasSubstr("unripe, ripe, overripe"));
  EXPECT_THAT(Error("label,fruit\na\n"), HasSubstr("mine.csv is no taxonomy"));
  EXPECT_THAT(Error(""), HasSubstr("mine.csv is no taxonomy"));
  EXPECT_FALSE(Taxonomy::FromFile("/no/such.csv").ok());
}

TEST(Target, HasAName) {
  for (const char* name : {"fruit", "variety", "maturity", "health", "label"}) {
    EXPECT_EQ(TargetName(ParseTarget(name).ValueOrDie()), name);
  }
  EXPECT_THAT(ParseTarget("colour").status().message(), HasSubstr("'colour': fruit, "));
}

}  // namespace
}  // namespace pomona::learn
