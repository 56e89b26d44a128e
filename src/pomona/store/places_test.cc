// SPDX-License-Identifier: Apache-2.0
#include "pomona/store/places.h"

#include <filesystem>

#include <gtest/gtest.h>

#include "tests/contract/temp_folder.h"

namespace pomona::store {
namespace {

TEST(Places, Folders) {
  TempFolder folder;
  std::filesystem::create_directories(folder / "src/out");
  std::filesystem::create_symlink(folder / "src", folder / "link");
  EXPECT_TRUE(SamePlace(folder / "src", folder / "src/"));
  EXPECT_TRUE(SamePlace(folder / "src", folder / "link"));
  EXPECT_FALSE(SamePlace(folder / "src", folder / "src/out"));
  EXPECT_EQ(InsidePrefix(folder / "src", folder / "src/out"), "out/");
  EXPECT_EQ(InsidePrefix(folder / "src", folder / "link/not/yet"), "not/yet/");
  EXPECT_EQ(InsidePrefix(folder / "src", folder / "src"), "");
  EXPECT_EQ(InsidePrefix(folder / "src/out", folder / "src"), "");
  EXPECT_EQ(InsidePrefix(folder / "src", folder / "src-2"), "");
}

TEST(Places, Buckets) {
  EXPECT_TRUE(SamePlace("s3://fruits/a", "s3://fruits/a/"));
  EXPECT_FALSE(SamePlace("s3://fruits/a", "s3://fruits/ab"));
  EXPECT_FALSE(SamePlace("s3://fruits/a", "s3://other/a"));
  EXPECT_FALSE(SamePlace("s3://fruits/a", "fruits/a"));
  EXPECT_EQ(InsidePrefix("s3://fruits", "s3://fruits/out"), "out/");
  EXPECT_EQ(InsidePrefix("s3://fruits/a", "s3://fruits/a/out/1"), "out/1/");
  EXPECT_EQ(InsidePrefix("s3://fruits/a", "s3://fruits/ab"), "");
  EXPECT_EQ(InsidePrefix("s3://fruits/a", "s3://fruits/a"), "");
  EXPECT_EQ(InsidePrefix("s3://fruits/a", "a/out"), "");
}

}  // namespace
}  // namespace pomona::store
