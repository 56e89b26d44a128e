// SPDX-License-Identifier: Apache-2.0
#include "pomona/base/shallow_json.h"

#include <string>

#include <gtest/gtest.h>

namespace pomona {
namespace {

TEST(ShallowJson, KeepsWhatIsNotDeep) {
  for (const std::string text : {"", "{}", "[[1], {\"a\": [2]}]", "no json at all"}) {
    EXPECT_EQ(ShallowJson(text), text);
  }
  const std::string deep = std::string(100, '[') + std::string(100, ']');
  EXPECT_EQ(ShallowJson(deep + deep), deep + deep);
}

TEST(ShallowJson, RefusesWhatIsTooDeep) {
  EXPECT_EQ(ShallowJson(std::string(101, '[')), "");
  EXPECT_EQ(ShallowJson(std::string(1 << 20, '[')), "");
  std::string objects;
  for (int i = 0; i < 101; ++i) objects += "{\"a\": ";
  EXPECT_EQ(ShallowJson(objects), "");
  EXPECT_EQ(ShallowJson("\"\\\"\" " + std::string(101, '[')), "");
}

TEST(ShallowJson, BracketsInsideTextsDoNotCount) {
  const std::string text = "\"" + std::string(200, '[') + "\\\"" + std::string(200, '{');
  EXPECT_EQ(ShallowJson(text), text);
}

}  // namespace
}  // namespace pomona
