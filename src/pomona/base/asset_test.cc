// SPDX-License-Identifier: Apache-2.0
#include "pomona/base/asset.h"

#include <cstdlib>
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pomona {
namespace {

using ::testing::HasSubstr;

constexpr char kWeights[] = "weights/vgg16-imagenet.safetensors";

TEST(AssetPath, FindsTheSourceTreesAssets) {
  const std::string path = AssetPath(kWeights).ValueOrDie();
  EXPECT_TRUE(std::filesystem::exists(path)) << path;
}

TEST(AssetPath, AnUnknownNameSaysWhereItLookedAndWhatToDo) {
  const Status status = AssetPath("no/such.file").status();
  EXPECT_TRUE(status.IsKeyError());
  EXPECT_THAT(status.message(), HasSubstr("no/such.file"));
  EXPECT_THAT(status.message(), HasSubstr("share/pomona"));
  EXPECT_THAT(status.message(), HasSubstr("POMONA_ASSETS"));
}

TEST(AssetPath, TheEnvironmentDecidesAlone) {
  setenv("POMONA_ASSETS", "/nowhere", 1);
  const Status status = AssetPath(kWeights).status();
  setenv("POMONA_ASSETS", POMONA_SOURCE_DIR "/assets", 1);
  const Result<std::string> found = AssetPath(kWeights);
  unsetenv("POMONA_ASSETS");
  EXPECT_THAT(status.message(), HasSubstr("not in: /nowhere;"));
  EXPECT_TRUE(found.ok());
}

}  // namespace
}  // namespace pomona
