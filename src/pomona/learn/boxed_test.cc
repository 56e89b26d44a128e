// SPDX-License-Identifier: Apache-2.0
#include "pomona/learn/boxed.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pomona/learn/fruits.h"
#include "pomona/store/byte_store.h"

#include "tests/contract/temp_folder.h"

namespace pomona::learn {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Rows of photos of 200 x 100 pixels, their first number the region's left side.
class BoxedTest : public ::testing::Test {
 protected:
  void Photo(const std::string& path) {
    path_ = path;
    index_ = 0;
    Add("photo", 0, 0, 200, 100);
  }
  void Add(const std::string& kind, int64_t left, int64_t top, int64_t right,
           int64_t bottom) {
    table_.dim = 2;
    table_.keys.push_back(
        {path_, std::nullopt, 200, 100, std::string(64, '0'),
         table::Fruit{index_++, kind, left, top, right, bottom, 0, {}}});
    table_.rows.insert(table_.rows.end(), {static_cast<float>(left), 1.0F});
  }
  Result<Boxed> Read(const std::string& csv) {
    const TempFolder folder;
    auto store = store::OpenByteStore(folder / "").ValueOrDie();
    EXPECT_TRUE(table::WriteFeatures(store.get(), "part-00000.parquet", table_, {}).ok());
    ARROW_ASSIGN_OR_RAISE(
        const auto boxes,
        ParseBoxes("path,label,left,top,right,bottom\n" + csv, "b.csv"));
    return ReadBoxed(folder / "", boxes);
  }
  std::vector<std::string> Rows(const Boxed& boxed) const {
    std::vector<std::string> rows;
    const TrainingRows& all = boxed.labelled.rows;
    for (size_t i = 0; i < all.classes.size(); ++i) {
      rows.push_back(all.groups[i] + " " + all.classes[i] + " " +
                     std::to_string(static_cast<int>(all.rows[2 * i])));
    }
    std::sort(rows.begin(), rows.end());
    return rows;
  }

 private:
  std::string path_;
  int64_t index_ = 0;
  table::FeatureTable table_;
};

TEST_F(BoxedTest, RegionsHaveTheLabelsOfTheBoxesThatTheyMeet) {
  Photo("x/1.jpg");
  Add("shape", 10, 10, 50, 50);      // the fig
  Add("piece", 12, 10, 50, 50);      // nearly the same
  Add("piece", 30, 10, 50, 50);      // half of it: says nothing
  Add("window", 100, 20, 150, 70);   // partly the date: meets it
  Add("window", 160, 60, 200, 100);  // nothing
  Photo("x/2.jpg");
  Add("shape", 20, 20, 60, 60);  // no box near it
  Add("window", 90, 20, 130, 60);
  Photo("x/3.jpg");
  Add("shape", 1, 1, 9, 9);
  const auto boxed = Read(
                         "1.jpg,fig,10,10,50,50\n1.jpg,date,110,20,170,70\n"
                         "x/2.jpg,fig,92,20,130,60\n2.jpg,far,190,90,200,100\n")
                         .status();
  EXPECT_THAT(boxed.message(), HasSubstr("b.csv, line 5"));  // 2.jpg by two names
  const Boxed found = Read(
                          "1.jpg,fig,10,10,50,50\n1.jpg,date,110,20,170,70\n"
                          "x/2.jpg,fig,92,20,130,60\nx/2.jpg,far,190,90,200,100\n")
                          .ValueOrDie();
  EXPECT_THAT(Rows(found), ElementsAre("x/1.jpg date 100", "x/1.jpg fig 10",
                                       "x/1.jpg fig 12", "x/1.jpg no fruit 160",
                                       "x/2.jpg fig 90", "x/2.jpg no fruit 20"));
  EXPECT_EQ(found.photos, 2);
  EXPECT_EQ(found.photos_without, 1);
  EXPECT_EQ(found.boxes, 4);
  EXPECT_EQ(found.pairs, 3);
  EXPECT_EQ(found.no_fruit, 2);
}

TEST_F(BoxedTest, MarginsAreMediansAndWidenBoxes) {
  std::string csv;
  for (int i = 0; i < 3; ++i) {
    const std::string name = std::to_string(i) + ".jpg";
    Photo(name);
    Add("shape", 40, 20, 80, 60);
    // 4, 5, 6 further left; up to 2 further down.
    csv += name + ",fig," + std::to_string(36 - i) + ",20,80," + std::to_string(60 + i) +
           "\n";
  }
  const Boxed boxed = Read(csv).ValueOrDie();
  EXPECT_EQ(boxed.shapes.pairs, 3);
  EXPECT_NEAR(boxed.shapes.left, -5.0 / 40, 1e-12);
  EXPECT_NEAR(boxed.shapes.bottom, 1.0 / 40, 1e-12);
  EXPECT_EQ(boxed.windows.pairs, 0);
  Head head;
  EXPECT_FALSE(IsBoxed(head));
  KeepBoxed(boxed, &head);
  EXPECT_TRUE(IsBoxed(head));
  const Margins margins = MarginsOf(head).ValueOrDie();
  table::Fruit fruit{1, "piece", 3, 40, 43, 80, 0, {}};
  Widen(margins, 200, 81, &fruit);
  EXPECT_EQ(fruit, (table::Fruit{1, "piece", 0, 40, 43, 81, 0, {}}));
  fruit.kind = "window";
  Widen(margins, 200, 81, &fruit);
  EXPECT_EQ(fruit.left, 0);
  for (const char* bad : {"{}", "[", R"({"shapes":[9,0,0,0],"windows":[0,0,0,0]})"}) {
    head.metadata["boxes"] = bad;
    EXPECT_THAT(MarginsOf(head).status().message(), HasSubstr("damaged")) << bad;
  }
}

TEST_F(BoxedTest, WhatCannotBeUsedIsNamed) {
  Photo("x/1.jpg");
  Add("shape", 10, 10, 50, 50);
  Photo("y/1.jpg");
  Add("shape", 10, 10, 50, 50);
  const auto wrong = [&](const std::string& csv) { return Read(csv).status().message(); };
  EXPECT_THAT(wrong("x/1.jpg,fig,10,10,50,50\n7.jpg,fig,1,1,9,9\n"),
              HasSubstr("'7.jpg'"));
  EXPECT_THAT(wrong("1.jpg,fig,10,10,50,50\n"), HasSubstr("y/1.jpg"));
  EXPECT_THAT(wrong("x/1.jpg,fig,10,10,250,50\n"), HasSubstr("right 250"));
  EXPECT_THAT(wrong("x/1.jpg,fig,90,90,99,99\n"), HasSubstr("none of 1 boxes"));
}

// A head that knows what is no fruit does not give it.
TEST(KeepFruits, LeavesOutWhatIsNoFruit) {
  Head head;
  head.classes = {"fig", kNoFruit};
  head.model = {2, 2, {8, 0, 0, 8}, {0, 0}};
  head.centres = {1, 0, 0, 1};
  head.known_distance = 0.5;
  table::FeatureTable rows;
  rows.dim = 2;
  const auto add = [&](const char* kind, int64_t left, float fig) {
    const auto index = static_cast<int64_t>(rows.keys.size());
    rows.keys.push_back({"a.jpg", std::nullopt, 100, 100, "",
                         table::Fruit{index, kind, left, 0, left + 9, 9, 0, {}}});
    rows.rows.insert(rows.rows.end(), {fig, 1 - fig});
  };
  add("photo", 0, 0);
  add("shape", 10, 1);
  add("shape", 30, 0);
  add("window", 50, 0);
  add("window", 70, 1);
  const auto kept = KeepFruits(head, rows).ValueOrDie();
  std::vector<int64_t> left;
  for (const auto& key : kept.keys) left.push_back(key.fruit->left);
  EXPECT_THAT(left, ElementsAre(0, 10, 70));
  std::vector<Head> heads = {head};
  heads[0].classes = {"fig", kNoFruit};
  ASSERT_TRUE(NarrowTo({"FIG"}, &heads).ok());
  EXPECT_THAT(heads[0].classes, ElementsAre("fig", kNoFruit));
}

}  // namespace
}  // namespace pomona::learn
