// SPDX-License-Identifier: Apache-2.0
#include "pomona/learn/fruits.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pomona/learn/training.h"

namespace pomona::learn {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Two classes along two axes: a row (p, 1 - p) is surer of "Apple" the larger p is.
Head TwoKinds() {
  Head head;
  head.target = "fruit";
  head.method = "lda";
  head.classes = {"Apple", "Apple Golden", "Banana"};
  head.model = {2, 3, {8, 0, 0, 0, 0, 8}, {0, -9, 0}};
  head.centres = {1, 0, 1, 0, 0, 1};
  head.known_distance = 0.25;
  return head;
}

struct Table {
  table::FeatureTable rows;

  Table() { rows.dim = 2; }
  void Add(const std::string& kind, table::Fruit box, float apple, float banana) {
    box.index = kind == "photo" ? 0 : rows.keys.back().fruit->index + 1;
    box.kind = kind;
    rows.keys.push_back({"a.jpg", std::nullopt, 100, 100, "", box});
    rows.rows.insert(rows.rows.end(), {apple, banana});
  }
  std::vector<std::string> Kept(const Head& head) const {
    std::vector<std::string> kept;
    for (const auto& key : KeepFruits(head, rows).ValueOrDie().keys) {
      EXPECT_EQ(key.fruit->index == 0, key.fruit->kind == "photo");
      kept.push_back(key.fruit->kind + std::to_string(key.fruit->left));
    }
    return kept;
  }
};

table::Fruit BoxAt(int64_t left, int64_t top, int64_t right, int64_t bottom,
                   int64_t parent = 0) {
  return {0, "", left, top, right, bottom, parent, {}};
}

TEST(KeepFruits, SplitsWhereTheHeadGrowsSurer) {
  Table table;
  table.Add("photo", BoxAt(0, 0, 100, 100), 1, 0);
  table.Add("shape", BoxAt(10, 10, 60, 40), 0.7F, 0.7F);  // both at once, and unknown
  table.Add("piece", BoxAt(11, 10, 35, 40, 1), 1, 0);
  table.Add("piece", BoxAt(35, 10, 60, 40, 1), 0, 1);
  table.Add("shape", BoxAt(70, 10, 90, 40), 0, 1);  // one, however it is cut
  table.Add("piece", BoxAt(71, 10, 80, 40, 4), 0.7F, 0.7F);
  table.Add("piece", BoxAt(80, 10, 90, 40, 4), 0, 1);
  table.Add("shape", BoxAt(10, 50, 60, 90), 1, 0);  // sure, and wrong of a part
  table.Add("piece", BoxAt(12, 50, 55, 90, 7), 0.95F, 0);
  table.Add("piece", BoxAt(55, 50, 60, 90, 7), 0, 0.95F);
  table.Add("photo", BoxAt(0, 0, 50, 50), 0, 1);
  EXPECT_THAT(table.Kept(TwoKinds()),
              ElementsAre("photo0", "piece11", "piece35", "shape70", "piece12", "piece55",
                          "photo0"));
}

TEST(KeepFruits, TheSurestOfWindowsStays) {
  Table table;
  table.Add("photo", BoxAt(0, 0, 100, 100), 1, 0);
  table.Add("window", BoxAt(1, 0, 40, 40), 1, 0.2F);
  table.Add("window", BoxAt(2, 0, 40, 40), 1, 0);
  table.Add("window", BoxAt(50, 50, 90, 90), 0, 1);
  table.Add("window", BoxAt(51, 0, 90, 40), 0.7F, 0.7F);  // unknown
  table.Add("window", BoxAt(25, 25, 55, 55), 0, 0.9F);    // a corner of each: stays
  EXPECT_THAT(table.Kept(TwoKinds()),
              ElementsAre("photo0", "window2", "window50", "window25"));
}

TEST(KeepFruits, LeavesRowsOfPhotosAlone) {
  table::FeatureTable rows;
  rows.dim = 2;
  rows.keys.push_back({"a.jpg", std::nullopt, 1, 1, ""});
  rows.rows = {1, 0};
  EXPECT_EQ(KeepFruits(TwoKinds(), rows).ValueOrDie().keys.size(), 1U);
  EXPECT_EQ(KeepFruits(TwoKinds(), table::FeatureTable{}).ValueOrDie().keys.size(), 0U);
  rows.keys[0].fruit = BoxAt(0, 0, 1, 1);
  rows.keys[0].fruit->index = 3;
  EXPECT_THAT(KeepFruits(TwoKinds(), rows).status().message(), HasSubstr("a.jpg"));
}

TEST(NarrowTo, KeepsKindsAndTheirVarieties) {
  std::vector<Head> heads = {TwoKinds(), TwoKinds()};
  heads[1].classes = {"ripe", "unripe", "overripe"};
  ASSERT_TRUE(NarrowTo({"apple"}, &heads).ok());
  EXPECT_THAT(heads[0].classes, ElementsAre("Apple", "Apple Golden"));
  ASSERT_TRUE(heads[0].Validate().ok()) << heads[0].Validate().ToString();
  EXPECT_EQ(heads[1].classes.size(), 3U);
  const std::vector<float> banana = {0, 1};
  const auto answers = heads[0].Predict(banana.data(), 1).ValueOrDie();
  EXPECT_EQ(answers[0].best, 0);
  EXPECT_FALSE(answers[0].known);  // far from every apple
  EXPECT_THAT(NarrowTo({"quince"}, &heads).message(), HasSubstr("'quince'"));
}

}  // namespace
}  // namespace pomona::learn
