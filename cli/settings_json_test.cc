// SPDX-License-Identifier: Apache-2.0
#include "settings_json.h"

#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pomona::cli {
namespace {

using testing::HasSubstr;

// The names stand in the table of setters of the Python module.
TEST(SettingsJson, NamesAreThoseOfThePythonModule) {
  std::ostringstream text;
  text << std::ifstream(std::string(POMONA_SOURCE_DIR) + "/python/src/settings.cc")
              .rdbuf();
  const std::string source = text.str();
  const std::regex name(R"re(\{"([a-z_]+)",\s*(?:Set<|\[\]\(Settings))re");
  std::set<std::string> want;
  for (std::sregex_iterator it(source.begin(), source.end(), name), end; it != end;
       ++it) {
    want.insert((*it)[1]);
  }
  ASSERT_GT(want.size(), 20U);
  std::set<std::string> have;
  const auto json = SettingsJson({});
  for (const auto& [key, value] : json.items()) have.insert(key);
  EXPECT_EQ(have, want);
}

TEST(SettingsJson, ValuesAreCarried) {
  job::Settings settings;
  settings.filter = image::Filter::kLanczos;
  settings.fit_mode = image::Fit::kPad;
  settings.backbone.pool = model::Pool::kMax;
  settings.backbone.input_height = 32;
  settings.backbone.input_width = 48;
  settings.fit.variance = 0.95;
  settings.fit.convention = stats::Convention::kSklearn;
  settings.fit.pca = stats::Pca::kSketch;
  settings.normalization = image::Normalization::Named("torch").ValueOrDie();
  settings.views = image::Views::kSeven;
  settings.colour = true;
  settings.white_balance = image::WhiteBalance::kGreyWorld;
  const auto json = SettingsJson(settings);
  EXPECT_EQ(json["filter"], "lanczos");
  EXPECT_EQ(json["views"], "seven");
  EXPECT_EQ(json["descriptors"], "network,colour");
  EXPECT_EQ(json["white_balance"], "grey-world");
  EXPECT_EQ(json["fit"], "pad");
  EXPECT_EQ(json["pool"], "max");
  EXPECT_EQ(json["input_size"], nlohmann::json({32, 48}));
  EXPECT_EQ(json["variance"], 0.95);
  EXPECT_EQ(json["components"], nullptr);
  EXPECT_EQ(json["convention"], "sklearn");
  EXPECT_EQ(json["pca"], "sketch");
  EXPECT_EQ(json["normalization"]["name"], "torch");
  EXPECT_EQ(json["reducer"], nullptr);
}

TEST(SettingsJson, AReportOfAnotherVersionIsTold) {
  const Status status = ParseReport({{"images", 3}}).status();
  EXPECT_TRUE(status.IsInvalid());
  EXPECT_THAT(status.message(), HasSubstr("rows"));
}

}  // namespace
}  // namespace pomona::cli
