// SPDX-License-Identifier: Apache-2.0
#include "pomona/engine/measure.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pomona::engine {
namespace {

using ::testing::Each;
using ::testing::Gt;
using ::testing::HasSubstr;
using ::testing::SizeIs;

model::Backbone Small() {
  model::BackboneOptions options;
  options.weights = "none";
  options.input_height = options.input_width = 32;
  options.layer = "block2_pool";
  return model::LoadBackbone(options).ValueOrDie();
}

TEST(Measure, MedianIsTheMiddle) {
  EXPECT_EQ(Median({3}), 3);
  EXPECT_EQ(Median({9, 1, 2}), 2);
  EXPECT_EQ(Median({4, 1, 2, 100}), 3);
}

TEST(Measure, EveryChoiceHasAFigureATurn) {
  const model::Backbone backbone = Small();
  const auto choices = PossibleChoices("", DetectCpu());
  MeasureOptions options;
  options.seconds = 0.02;
  options.turns = 3;
  std::vector<std::string> told;
  const auto timings = Measure(backbone, choices, options, [&](const std::string& t) {
                         told.push_back(t);
                       }).ValueOrDie();
  ASSERT_THAT(timings, SizeIs(choices.size()));
  for (size_t i = 0; i < timings.size(); ++i) {
    EXPECT_EQ(timings[i].choice, choices[i]);
    EXPECT_THAT(timings[i].info.backend, HasSubstr(BackendName(choices[i].backend)));
    EXPECT_GT(timings[i].info.batch, 1);
    for (const auto* figures :
         {&timings[i].images_per_second, &timings[i].core_ms, &timings[i].latency_ms}) {
      EXPECT_THAT(*figures, SizeIs(3));
      EXPECT_THAT(*figures, Each(Gt(0)));
    }
  }
  EXPECT_THAT(told, ::testing::Contains("one picture, turn 3 of 3"));
}

TEST(Measure, StopsWhenAsked) {
  std::stop_source source;
  MeasureOptions options;
  options.seconds = 3600;
  options.stop = source.get_token();
  const auto stop_at_turn = [&](const std::string& doing) {
    if (doing == "batches, turn 1 of 5") source.request_stop();
  };
  const auto timings =
      Measure(Small(), PossibleChoices("", DetectCpu()), options, stop_at_turn);
  EXPECT_TRUE(timings.status().IsCancelled()) << timings.status().ToString();
}

TEST(Measure, NoTimeIsRefused) {
  for (const double seconds : {0.0, -1.0}) {
    MeasureOptions options;
    options.seconds = seconds;
    const auto status = Measure(Small(), {}, options, [](const std::string&) {}).status();
    EXPECT_THAT(status.message(), HasSubstr("more than 0 needed"));
  }
}

}  // namespace
}  // namespace pomona::engine
