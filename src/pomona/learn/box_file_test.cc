// SPDX-License-Identifier: Apache-2.0
#include "pomona/learn/box_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pomona::learn {
namespace {

using ::testing::HasSubstr;

std::string Told(const Boxes& boxes) {
  std::string text;
  for (const auto& [path, own] : boxes) {
    for (const Box& box : own) {
      const Box in = box.In(100, 200).ValueOrDie();
      char line[160];
      std::snprintf(line, sizeof(line), "%s %s %g %g %g %g (%s)\n", path.c_str(),
                    box.label.c_str(), in.left, in.top, in.right, in.bottom,
                    box.where.c_str());
      text += line;
    }
  }
  return text;
}

TEST(BoxFile, ReadsEveryKind) {
  const char* csv =
      "\xEF\xBB\xBFlabel,path,left,top,right,bottom,by\r\n"
      "apple,a.jpg,10,20,30.5,100.7,me\r\n"
      "\r\n"
      "\"pear, green\",b/c.jpg,0,0,100.4,200,\r\n\r\n";
  EXPECT_EQ(Told(ParseBoxes(csv, "b.csv").ValueOrDie()),
            "a.jpg apple 10 20 30.5 100.7 (b.csv, line 2)\n"
            "b/c.jpg pear, green 0 0 100 200 (b.csv, line 4)\n");
  const char* tags = R"({"files": [{"filename": "a.jpg", "tags": [
      {"tag": "apple", "left": 0.1, "top": 0.25, "width": 0.5, "height": 0.5}]}]})";
  EXPECT_EQ(Told(ParseBoxes(tags, "t.json").ValueOrDie()),
            "a.jpg apple 10 50 60 150 (t.json, files[0].tags[0])\n");
  const char* coco = R"({"images": [{"id": 4, "file_name": "a.jpg"}],
      "categories": [{"id": 7, "name": "apple"}],
      "annotations": [{"image_id": 4, "category_id": 7, "bbox": [10, 20, 30, 40]}]})";
  EXPECT_EQ(Told(ParseBoxes(coco, "c.json").ValueOrDie()),
            "a.jpg apple 10 20 40 60 (c.json, annotations[0])\n");
}

TEST(BoxFile, SaysWhatIsWrongWhere) {
  const std::string header = "path,label,left,top,right,bottom\n";
  const struct {
    std::string text, needle;
  } kCases[] = {
      {"", "b has no boxes"},
      {header, "b has no boxes"},
      {"path,label,left,top,right\na,b,1,2,3\n", "b, line 1: no column 'bottom'"},
      {header + "a,b,0,0,9,9\n\na,b,1,2,3\n", "b, line 4: 5 fields, the header has 6"},
      {header + "a,b,1,2,x3,4\n", "b, line 2: right 'x3' is no number"},
      {header + "\na,b,1,2,,4\n", "b, line 3: right '' is no number"},
      {header + "a,b,1,2,nan,4\n", "b, line 2: a side is not finite"},
      {header + "a,b,3,2,3,4\n",
       "b, line 2: a box without width: right 3 is not beyond left 3"},
      {header + "a,b,1,4,3,2\n", "b, line 2: a box without height"},
      {header + ",b,1,2,3,4\n", "b, line 2: the path is empty"},
      {header + "a,,1,2,3,4\n", "b, line 2: the label is empty"},
      {"{", "b is no JSON"},
      {"{}", "'files' not found"},
      {R"({"files": []})", "b has no boxes"},
      {R"({"files": [{"filename": "a", "tags": [{"tag": 1}]}]})", "must be string"},
      {R"({"images": [], "categories": [], "annotations": [{"image_id": 1,
          "category_id": 1}]})",
       "b, annotations[0]: its image_id is of none in the file"},
  };
  for (const auto& [text, needle] : kCases) {
    EXPECT_THAT(ParseBoxes(text, "b").status().message(), HasSubstr(needle)) << text;
  }
  EXPECT_THAT(ReadBoxes("/nowhere/b.csv").status().message(), HasSubstr("/nowhere/b"));
}

TEST(BoxFile, ABoxStaysInItsPhoto) {
  const Box box{"apple", 10, 20, 101, 200.9, false, "b, line 2"};
  EXPECT_EQ(box.In(100, 200).ValueOrDie().right, 100);
  EXPECT_THAT(box.In(99, 200).status().message(),
              HasSubstr("b, line 2: right 101 is outside of the photo (99 x 200"));
  EXPECT_THAT(box.In(100, 18).status().message(), HasSubstr("top 20"));
  EXPECT_FALSE(Box({"apple", 100.5, 0, 100.9, 5, false, "b"}).In(100, 200).ok());
}

TEST(BoxFile, WhatBoxesShare) {
  const Box a{"", 0, 0, 10, 10, false, ""};
  const Box b{"", 5, 0, 10, 20, false, ""};
  EXPECT_DOUBLE_EQ(SharedOfBoth(a, b), 50.0 / 150);
  EXPECT_DOUBLE_EQ(SharedOfSmaller(a, b), 0.5);
  EXPECT_EQ(SharedOfBoth(a, Box{"", 10, 0, 20, 10, false, ""}), 0);
}

}  // namespace
}  // namespace pomona::learn
