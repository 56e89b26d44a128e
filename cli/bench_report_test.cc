// SPDX-License-Identifier: Apache-2.0
#include "bench_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pomona::cli {
namespace {

using engine::Backend;
using engine::Precision;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

BenchReport Report(double others) {
  engine::ExtractorInfo info;
  info.batch = 32;
  info.input_height = info.input_width = 100;
  BenchReport report;
  report.cpu = "AuthenticAMD-26-2-avx512_bf16";
  report.model = "vgg16";
  report.weights = "imagenet (built in)";
  report.cores = 2;
  report.others = others;
  report.chosen = {{Precision::kF32, Backend::kNative}, true, "so it is"};
  report.timings = {
      {{Precision::kF32, Backend::kOpenVino}, info, {80, 70, 90}, {25}, {30, 40}},
      {{Precision::kF32, Backend::kNative}, info, {160, 200, 150}, {10}, {15}}};
  return report;
}

TEST(BenchReport, TheFastestIsFirstAndOthersAreItsShare) {
  const std::string text = BenchText(Report(0));
  EXPECT_THAT(text, HasSubstr("VGG16 at 100 x 100, imagenet (built in)\n"));
  EXPECT_THAT(text, HasSubstr("auto here: native f32 (so it is)\n"));
  EXPECT_LT(text.find("native f32 "), text.find("openvino f32 "));
  EXPECT_THAT(text, HasSubstr("150 to 200"));
  EXPECT_THAT(text, AllOf(HasSubstr("  1.00  "), HasSubstr("  0.50  ")));
  EXPECT_THAT(text, HasSubstr("35.0"));  // the median of 30 and 40
}

TEST(BenchReport, ABusyMachineIsTold) {
  EXPECT_THAT(BenchText(Report(0.19)), Not(HasSubstr("warning")));
  EXPECT_THAT(BenchText(Report(0.5)),
              HasSubstr("warning: other work took 0.5 of 2 cores"));
  EXPECT_EQ(BenchJson(Report(0.19))["busy"], false);
  EXPECT_EQ(BenchJson(Report(0.5))["busy"], true);
}

TEST(BenchReport, ARecordReplacesThatOfItsClassAndNetworkAlone) {
  auto records = ParseRecords("", "new").ValueOrDie();
  BenchReport report = Report(0);
  records = WithRecord(records, report, "2026-11-23");
  report.model = "lite0";
  records = WithRecord(records, report, "2026-11-23");
  report.cpu = "other";
  records = WithRecord(records, report, "2026-11-23");
  const auto before = records;
  report = Report(0);
  report.timings.pop_back();
  records = WithRecord(ParseRecords(records.dump(), "old").ValueOrDie(), report, "later");
  auto& changed = records["classes"][report.cpu]["vgg16"];
  EXPECT_EQ(changed["date"], "later");
  EXPECT_EQ(changed["engines"].size(), 1U);
  changed = before["classes"][report.cpu]["vgg16"];
  EXPECT_EQ(records, before);
}

TEST(BenchReport, WhatIsNoRecordIsRefusedWithItsPlace) {
  const std::string good =
      R"({"schema":1,"classes":{"a":{"vgg16":{"engines":[{"backend":"native",)"
      R"("precision":"f32","images_per_second":{"median":9}}]}}}})";
  ASSERT_TRUE(ParseRecords(good, "f").ok());
  const struct {
    const char* from;
    const char* to;
    const char* told;
  } cases[] = {
      {"]}}}}", "", "no JSON object"},
      {"\"schema\":1", "\"schema\":2", "\"schema\" is not 1"},
      {"\"classes\":{\"a\"", "\"klasses\":{\"a\"", "\"classes\""},
      {"\"native\"", "\"tpu\"", "a, vgg16: engines[0] has no known \"backend\""},
      {"\"f32\"", "8", "a, vgg16: engines[0] has no known \"precision\""},
      {"\"median\":9", "\"median\":-9", "\"median\" over 0"},
      {"{\"median\":9}", "9", "\"median\" over 0"},
      {"\"engines\"", "\"motors\"", "a, vgg16: has no list \"engines\""},
  };
  for (const auto& c : cases) {
    std::string text = good;
    text.replace(text.find(c.from), std::string(c.from).size(), c.to);
    const std::string message = ParseRecords(text, "f.json").status().message();
    EXPECT_THAT(message,
                AllOf(HasSubstr("f.json"), HasSubstr(c.told), HasSubstr("hint: ")));
  }
}

}  // namespace
}  // namespace pomona::cli
