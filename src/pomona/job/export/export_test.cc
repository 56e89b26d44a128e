// SPDX-License-Identifier: Apache-2.0
// What other libraries make of exports is tested with them (tests/e2e, tests/spark).
#include "pomona/job/export/export.h"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pomona/job/export/imported.h"
#include "pomona/job/export/output.h"
#include "pomona/job/reuse.h"

#include "tests/contract/example_reducer.h"
#include "tests/contract/temp_folder.h"

namespace pomona::job {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

stats::Reducer Example(stats::Convention convention = stats::Convention::kSpark) {
  auto r = pomona::test::ExampleReducer(convention);
  r.metadata = {{"pomona.weights", "random weights"}};
  return r;
}

std::string Bytes(const stats::Reducer& r) { return r.ToSafetensors().ValueOrDie(); }

class ExportTest : public ::testing::Test {
 protected:
  size_t FilesHere() const {
    const auto files = fs::directory_iterator(folder_ / "");
    return static_cast<size_t>(std::distance(fs::begin(files), fs::end(files)));
  }
  TempFolder folder_;
};

TEST_F(ExportTest, ASparkModelComesBackAsItWas) {
  for (const auto convention : {stats::Convention::kSpark, stats::Convention::kSklearn}) {
    const auto reducer = Example(convention);
    ASSERT_TRUE(ExportSpark(reducer, folder_ / "m", true).ok());
    const auto back = ImportSpark(folder_ / "m");
    ASSERT_TRUE(back.ok()) << back.status();
    EXPECT_EQ(Bytes(*back), Bytes(reducer));
  }
  EXPECT_EQ(FilesHere(), 1U);
}

// Numbers are docs/formats.md's: tests/golden/stats/make_spark_model.py.
TEST_F(ExportTest, AModelThatSparkSavedIsRead) {
  const auto r = ImportSpark(POMONA_SOURCE_DIR "/tests/golden/stats/spark_model");
  ASSERT_TRUE(r.ok()) << r.status();
  EXPECT_EQ(r->dim, 5);
  EXPECT_EQ(r->k(), 3);
  EXPECT_EQ(r->count, 0);
  EXPECT_TRUE(r->center);
  EXPECT_EQ(r->scale[2], 0);
  EXPECT_EQ(r->mean[2], 1);
  EXPECT_EQ(r->total_variance, 4) << "of four scaled columns, one is constant";
  EXPECT_NEAR(r->explained_variance_ratio()[0], 0.3696229078620956, 1e-15);
  EXPECT_EQ(r->metadata.at(kImportedKey), "spark");
  EXPECT_EQ(stats::Reducer::FromSafetensors(Bytes(*r)).ValueOrDie().count, 0);
}

TEST_F(ExportTest, WhatTravelsWithAnExportMustSpeakOfIt) {
  const auto whole = Example();
  auto found = whole;
  found.count = 0;
  found.eigenvalues = {1.9, 0.1};
  found.metadata = {{kImportedKey, "spark"}};
  const std::string before = Bytes(found);
  auto other = Example();
  other.total_variance = 5;
  auto uncentred = Example();
  uncentred.center = false;
  for (const auto& text : {std::string("null"), std::string("{}"), std::string("no"),
                           other.ToJson(), uncentred.ToJson()}) {
    auto reducer = found;
    RestoreFromJson(text, &reducer);
    EXPECT_EQ(Bytes(reducer), before) << text;
  }
  RestoreFromJson(whole.ToJson(), &found);
  EXPECT_EQ(Bytes(found), Bytes(whole));
}

TEST_F(ExportTest, NothingIsReplacedUnlessTold) {
  const std::string file = folder_ / "r.npz";
  ASSERT_TRUE(ExportNpz(Example(), file, false).ok());
  EXPECT_TRUE(ExportNpz(Example(), file, false).IsAlreadyExists());
  EXPECT_TRUE(ExportNpz(Example(), file, true).ok());
  fs::create_directory(folder_ / "photos");
  std::ofstream(folder_ / "photos/a.jpg") << "mine";
  EXPECT_TRUE(ExportSpark(Example(), folder_ / "photos", true).IsAlreadyExists());
  EXPECT_TRUE(ExportNpz(Example(), folder_ / "photos", true).IsAlreadyExists());
  EXPECT_TRUE(fs::exists(folder_ / "photos/a.jpg"));
  fs::create_directory(folder_ / "empty");
  EXPECT_TRUE(ExportSpark(Example(), folder_ / "empty/", false).ok());
  EXPECT_EQ(FilesHere(), 3U);
}

TEST_F(ExportTest, ANumberBeyondFloat32IsNamed) {
  auto reducer = Example();
  reducer.scale[1] = 1e-60;
  const Status status = ExportOnnx(reducer, folder_ / "r.onnx", false);
  EXPECT_THAT(status.message(), HasSubstr("scale of column 1"));
  EXPECT_EQ(FilesHere(), 0U);
}

TEST_F(ExportTest, PlacesThatAreNone) {
  for (const char* place : {"", ".", "/", "gs://bucket/r.npz"}) {
    EXPECT_FALSE(ExportNpz(Example(), place, true).ok()) << place;
  }
}

TEST_F(ExportTest, AnImportedReducerTakesNoPicturesWithoutAContract) {
  auto reducer = Example();
  reducer.metadata = {{kImportedKey, "spark"}};
  Settings settings;
  EXPECT_THAT(AdoptReducerSettings(reducer, &settings).message(), HasSubstr("--like"));
  EXPECT_THAT(AdoptContractOf(folder_ / "none", &reducer).message(),
              HasSubstr("reducer.safetensors"));
}

}  // namespace
}  // namespace pomona::job
