// SPDX-License-Identifier: Apache-2.0
#include "pomona/job/reuse.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pomona/image/preprocess.h"

namespace pomona::job {
namespace {

using testing::HasSubstr;

stats::Reducer With(const std::string& key, const std::string& value) {
  stats::Reducer reducer;
  reducer.metadata[key] = value;
  return reducer;
}

Status Adopt(const std::string& network, Settings* settings) {
  return AdoptReducerSettings(With("pomona.network", network), settings);
}

TEST(Reuse, AReducerWithoutMetadataChangesNothing) {
  Settings settings;
  settings.backbone.seed = 5;
  ASSERT_TRUE(AdoptReducerSettings({}, &settings).ok());
  EXPECT_EQ(settings.backbone.seed, 5U);
  EXPECT_FALSE(settings.normalization);
}

TEST(Reuse, TheContractBecomesTheSettings) {
  image::PreprocessContract contract;
  contract.decoder = image::DecoderVersions();
  contract.width = 64;
  contract.height = 48;
  contract.fit = image::Fit::kCrop;
  contract.apply_orientation = false;
  Settings settings;
  ASSERT_TRUE(
      AdoptReducerSettings(With("pomona.contract", contract.ToJson()), &settings).ok());
  EXPECT_EQ(settings.backbone.input_width, 64);
  EXPECT_EQ(settings.backbone.input_height, 48);
  EXPECT_EQ(settings.fit_mode, image::Fit::kCrop);
  EXPECT_FALSE(settings.apply_orientation);
  EXPECT_TRUE(settings.normalization);
}

TEST(Reuse, TheNetworkBecomesTheSettings) {
  Settings settings;
  ASSERT_TRUE(Adopt(R"({"weights":"random","seed":7,"layer":"block4_pool","pool":"avg"})",
                    &settings)
                  .ok());
  EXPECT_EQ(settings.backbone.weights, "none");
  EXPECT_EQ(settings.backbone.seed, 7U);
  EXPECT_EQ(settings.backbone.layer, "block4_pool");
  EXPECT_EQ(settings.backbone.pool, model::Pool::kAvg);
  ASSERT_TRUE(Adopt(R"({"weights":"imagenet","pool":"max"})", &settings).ok());
  EXPECT_EQ(settings.backbone.weights, "imagenet");
  EXPECT_EQ(settings.backbone.pool, model::Pool::kMax);
}

TEST(Reuse, FilesMustBeNamed) {
  Settings settings;
  const std::string file = R"({"weights":"file"})";
  EXPECT_THAT(Adopt(file, &settings).message(), HasSubstr("--weights"));
  settings.backbone.weights = "my.h5";
  EXPECT_TRUE(Adopt(file, &settings).ok());
  EXPECT_EQ(settings.backbone.weights, "my.h5");
  const std::string onnx = R"({"weights":"onnx","model":"net.onnx","layer":"feat"})";
  EXPECT_THAT(Adopt(onnx, &settings).message(), HasSubstr("net.onnx"));
  settings.backbone.model = "else/net.onnx";
  EXPECT_TRUE(Adopt(onnx, &settings).ok());
  EXPECT_EQ(settings.backbone.layer, "feat");
}

TEST(Reuse, DamagedMetadataAreRefused) {
  Settings settings;
  for (const char* text :
       {"", "[]", "{", R"({"weights":"random"})", R"({"weights":"random","seed":-1})"}) {
    EXPECT_THAT(Adopt(text, &settings).message(), HasSubstr("pomona.network")) << text;
  }
  EXPECT_TRUE(AdoptReducerSettings(With("pomona.contract", "{}"), &settings).IsInvalid());
}

}  // namespace
}  // namespace pomona::job
