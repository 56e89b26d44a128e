// SPDX-License-Identifier: Apache-2.0
#include "pomona/base/json.h"

#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace pomona {
namespace {

TEST(ParseJson, TakesWhatIsNotDeep) {
  EXPECT_EQ(ParseJson("[[1], {\"a\": [2]}]"), nlohmann::json({{1}, {{"a", {2}}}}));
  const std::string deep = std::string(99, '[') + std::string(99, ']');
  EXPECT_TRUE(ParseJson("[" + deep + "," + deep + "]").is_array());
}

TEST(ParseJson, RefusesWhatIsTooDeepOrNoJson) {
  std::string objects;
  for (int i = 0; i < 101; ++i) objects += "{\"a\": ";
  objects += "1" + std::string(101, '}');
  const std::string arrays = std::string(101, '[') + std::string(101, ']');
  for (const auto& text :
       {std::string(), std::string("no json"), std::string("[1"), arrays,
        std::string(1 << 20, '['), objects, "[\"\\\"\", " + arrays + "]"}) {
    EXPECT_TRUE(ParseJson(text).is_discarded()) << text.substr(0, 20);
  }
}

TEST(ParseJson, KeepsTheOrderOfKeysWhereAsked) {
  constexpr char kText[] = R"({"b":1,"a":2})";
  EXPECT_EQ(ParseOrderedJson(kText).dump(), kText);
  EXPECT_EQ(ParseJson(kText).dump(), R"({"a":2,"b":1})");
}

TEST(ParseJson, BracketsInsideTextsDoNotCount) {
  const std::string inside = std::string(200, '[') + "\\\"" + std::string(200, '{');
  EXPECT_TRUE(ParseJson("\"" + inside + "\"").is_string());
}

}  // namespace
}  // namespace pomona
