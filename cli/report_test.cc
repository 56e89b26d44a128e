// SPDX-License-Identifier: Apache-2.0
#include "report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pomona::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

job::RunReport Done() {
  job::RunReport report;
  report.images = 8460;
  report.rows = 8458;
  report.rejects = {{"empty", 1}, {"truncated", 1}};
  report.feature_dim = 4608;
  report.components = 64;
  report.explained_variance = 0.934;
  report.seconds = 31.2;
  report.images_per_second = 338.4;
  return report;
}

std::string TextOf(const job::RunReport& report) {
  ReportContext context;
  context.destination = "d";
  return ReportText(report, context);
}

TEST(Report, IsShortAndPointsToTheFiles) {
  ReportContext context{"out/fruits",
                        true,
                        false,
                        {{"a/b.jpg", "decode", "truncated", "the data end early", 10}}};
  EXPECT_EQ(ReportText(Done(), context),
            "done in 31 s, 338 images/s\n"
            "images     8,460 = 8,458 rows + 2 rejects (1 empty, 1 truncated)\n"
            "           a/b.jpg: the data end early\n"
            "           all of them: out/fruits/rejects/\n"
            "each row   4,608 features -> 64 components, 93.4 % of the variance\n"
            "table      out/fruits/reduced/gen-0000/  (part-*.parquet, .csv)\n"
            "reducer    out/fruits/reducer/gen-0000/\n"
            "all about  out/fruits/manifest.json\n"
            "next       pomona info out/fruits\n"
            "           python: pomona.open(\"out/fruits\").to_pandas()\n");
}

TEST(Report, RandomWeightsAreLoud) {
  job::RunReport report = Done();
  EXPECT_THAT(TextOf(report), Not(HasSubstr("RANDOM")));
  report.random_weights = true;
  EXPECT_THAT(TextOf(report), HasSubstr("!!!        RANDOM: random weights"));
}

TEST(Report, WithoutAReducerTheNextStepIsFit) {
  job::RunReport report = Done();
  report.components = 0;
  EXPECT_THAT(TextOf(report), HasSubstr("pomona fit d --out"));
  ReportContext regions;
  regions.destination = "d";
  regions.regions = true;
  EXPECT_THAT(ReportText(report, regions), HasSubstr("pomona predict d\n"));
  EXPECT_THAT(TextOf(report), Not(HasSubstr("reducer/gen")));
}

TEST(Report, NothingToDoIsSaid) {
  job::RunReport report = Done();
  report.nothing_to_do = true;
  EXPECT_THAT(TextOf(report), HasSubstr("nothing to do"));
}

TEST(Report, AMissingDestinationHasNoRejects) {
  EXPECT_TRUE(FirstRejects("/nonexistent/folder", 3).empty());
}

}  // namespace
}  // namespace pomona::cli
