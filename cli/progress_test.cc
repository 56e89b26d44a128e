// SPDX-License-Identifier: Apache-2.0
#include "progress.h"

#include <gtest/gtest.h>

#include "text.h"

namespace pomona::cli {
namespace {

ProgressState Extracting() {
  ProgressState state;
  Fold({"run_started", {}}, &state);
  Fold({"listing_done", {{"images", int64_t{8460}}}}, &state);
  Fold({"model_ready", {}}, &state);
  Fold({"extract_progress",
        {{"done", int64_t{1234}},
         {"total", int64_t{8460}},
         {"rows", int64_t{1232}},
         {"rejects", int64_t{2}},
         {"rate", 340.0}}},
       &state);
  return state;
}

TEST(Progress, FoldsEventsIntoStages) {
  ProgressState state;
  EXPECT_FALSE(Fold({"run_started", {}}, &state));
  EXPECT_TRUE(Fold({"listing_progress", {{"count", int64_t{10}}}}, &state));
  EXPECT_EQ(state.stage, Stage::kList);
  EXPECT_FALSE(Fold({"listing_progress", {{"count", int64_t{20}}}}, &state));
  EXPECT_EQ(state.listed, 20);
  EXPECT_FALSE(Fold({"shard_done", {}}, &state));
  EXPECT_TRUE(Fold({"run_done", {}}, &state));
}

TEST(Progress, TheLastBlockBeginsTheFit) {
  ProgressState state = Extracting();
  Fold({"block_done", {{"block", int64_t{0}}, {"blocks", int64_t{2}}}}, &state);
  EXPECT_EQ(state.stage, Stage::kExtract);
  Fold({"block_done", {{"block", int64_t{1}}, {"blocks", int64_t{2}}}}, &state);
  EXPECT_EQ(RenderLine(state, 80, false), "fit");
}

TEST(Progress, TerminalLineHasBarCountsRateRejectsTimeLeft) {
  EXPECT_EQ(RenderLine(Extracting(), 100, false),
            "extract   [#####................................]  "
            "1,234 / 8,460  21 s left  2 rejects  340 images/s");
}

TEST(Progress, TerminalLineFitsAnyWidth) {
  ProgressState list;
  Fold({"listing_progress", {{"count", int64_t{1234567}}}}, &list);
  for (int width = 1; width < 150; ++width) {
    for (bool unicode : {false, true}) {
      for (const auto& state : {Extracting(), list, ProgressState()}) {
        EXPECT_LE(Columns(RenderLine(state, width, unicode)), static_cast<size_t>(width));
      }
    }
  }
  EXPECT_EQ(RenderLine(Extracting(), 26, true), "extract   1,234 / 8,460");
}

TEST(Progress, LogLineSaysTheSame) {
  EXPECT_EQ(RenderLog(Extracting()),
            "extract 1,234 of 8,460 (14.6 %), 21 s left, 2 rejects, 340 images/s");
  EXPECT_EQ(RenderLog(ProgressState()), "");
}

TEST(Progress, MilestonesAreTold) {
  EXPECT_EQ(
      Milestone({"listing_done", {{"images", int64_t{1}}, {"skipped", int64_t{3}}}}),
      "1 image listed, 3 other files passed over");
  EXPECT_EQ(Milestone({"fit_done",
                       {{"components", int64_t{64}},
                        {"explained", 0.934},
                        {"seconds", 1.52},
                        {"method", std::string("spectra")}}}),
            "64 components fitted, 93.4 % of the variance (1.5 s)");
  EXPECT_EQ(Milestone({"s3_retries",
                       {{"count", int64_t{12}},
                        {"operation", std::string("read")},
                        {"object", std::string("s3://fruits/a.jpg")},
                        {"reason", std::string("connection refused")}}}),
            "trying again: read s3://fruits/a.jpg (connection refused), 12 times so far");
  EXPECT_EQ(Milestone({"shard_done", {}}), "");
}

TEST(Progress, OddEventsDoNoHarm) {
  ProgressState state;
  Fold({"extract_progress", {{"done", std::string("x")}, {"total", true}}}, &state);
  EXPECT_EQ(RenderLine(state, 80, true), "extract");
}

}  // namespace
}  // namespace pomona::cli
