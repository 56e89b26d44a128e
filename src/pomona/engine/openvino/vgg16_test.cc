// SPDX-License-Identifier: Apache-2.0
// VGG16 on OpenVINO against Keras (tests/golden/model/make_keras.py).
#include <array>
#include <cstring>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pomona/engine/feature_extractor.h"
#include "pomona/engine/openvino/tbb.h"

#include "tests/contract/keras_golden.h"

namespace pomona::engine {
namespace {

using ::pomona::test::KerasCase;
using ::pomona::test::KerasGolden;
using ::pomona::test::kKerasCases;
using ::pomona::test::Rows;

std::vector<float> Extract(const model::BackboneOptions& options, Precision precision,
                           const Rows& input) {
  const model::Backbone backbone = model::LoadBackbone(options).ValueOrDie();
  ExtractorOptions how;
  how.precision = precision;
  how.batch = input.count;
  const auto extractor = MakeFeatureExtractor(backbone, how).ValueOrDie();
  std::vector<float> rows(
      static_cast<size_t>(input.count * extractor->info().feature_dim));
  const Status status = extractor->Extract(input.values.data(), input.count, rows.data());
  EXPECT_TRUE(status.ok()) << status;
  return rows;
}

TEST(Vgg16OnOpenVino, F32AgreesWithKeras) {
  const KerasGolden golden;
  for (const KerasCase& c : kKerasCases) {
    const std::vector<float> rows =
        Extract(c.options(), Precision::kF32, golden.caffe_input(c.input));
    const Rows want = golden.features(c.golden);
    ASSERT_EQ(rows.size(), want.values.size()) << c.golden;
    const double error = WorstRowError(want, rows);
    EXPECT_LT(error, 1e-4) << c.golden;
    RecordProperty(c.golden, std::to_string(error));
  }
}

TEST(Vgg16OnOpenVino, Bf16IsCloseToKeras) {
  if (!ResolveChoice({"bf16", "auto"}, "", DetectCpu()).ok())
    GTEST_SKIP() << "no bf16 on this CPU";
  const KerasGolden golden;
  for (const KerasCase& c : kKerasCases) {
    const std::vector<float> rows =
        Extract(c.options(), Precision::kBf16, golden.caffe_input(c.input));
    EXPECT_GT(WorstRowCosine(golden.features(c.golden), rows), 0.999) << c.golden;
  }
}

// The contract suite checks this on a small network; here are the shapes of real runs.
TEST(Vgg16OnOpenVino, BitsDoNotDependOnTheBatchAt100x100) {
  const KerasGolden golden;
  const Rows input = golden.caffe_input("pixels");
  const model::Backbone backbone = model::LoadBackbone({}).ValueOrDie();
  for (const char* name : {"f32", "bf16"}) {
    const auto choice = ResolveChoice({name, "openvino"}, "", DetectCpu());
    if (!choice.ok()) continue;
    std::vector<float> first;
    for (int64_t batch : {1, 6, 16}) {
      ExtractorOptions how;
      how.precision = choice->precision;
      how.batch = batch;
      const auto extractor = MakeFeatureExtractor(backbone, how).ValueOrDie();
      std::vector<float> rows(static_cast<size_t>(input.count * 4608));
      for (int64_t at = 0; at < input.count; at += batch) {
        const int64_t count = std::min(batch, input.count - at);
        ASSERT_TRUE(
            extractor->Extract(input.row(at), count, rows.data() + at * 4608).ok());
      }
      if (first.empty()) first = rows;
      EXPECT_EQ(std::memcmp(first.data(), rows.data(), rows.size() * sizeof(float)), 0)
          << name << ", batch " << batch;
    }
  }
}

TEST(Tbb, TheLoadedOneIsTheOneOfTheHeaders) {
  const Status status = CheckTbb();
  EXPECT_TRUE(status.ok()) << status;
}

}  // namespace
}  // namespace pomona::engine
