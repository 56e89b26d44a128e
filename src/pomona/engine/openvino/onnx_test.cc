// SPDX-License-Identifier: Apache-2.0
// ONNX networks on OpenVINO against ONNX Runtime (tests/golden/model/make_onnx.py).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pomona/engine/feature_extractor.h"

#include "tests/contract/keras_golden.h"

namespace pomona::engine {
namespace {

using ::pomona::test::KerasGolden;
using ::pomona::test::Rows;
using ::testing::AllOf;
using ::testing::HasSubstr;

model::BackboneOptions Options(const std::string& file, const std::string& layer = "") {
  model::BackboneOptions options;
  options.model = POMONA_SOURCE_DIR "/tests/golden/model/" + file;
  options.input_width = options.input_height = 0;
  options.layer = layer;
  return options;
}

Result<std::unique_ptr<FeatureExtractor>> Make(const model::BackboneOptions& options,
                                               const ExtractorOptions& how) {
  ARROW_ASSIGN_OR_RAISE(const model::Backbone backbone, model::LoadBackbone(options));
  return MakeFeatureExtractor(backbone, how);
}

TEST(OnnxOnOpenVino, AgreesWithOnnxRuntime) {
  const KerasGolden golden("tiny_onnx.safetensors");
  const Rows x = golden.features("x");
  const struct {
    const char* file;
    const char* layer;
    model::Pool pool;
    const char* golden;
  } cases[] = {
      {"tiny.onnx", "", model::Pool::kNone, "feat"},
      {"tiny.onnx", "logits", model::Pool::kNone, "logits"},
      {"tiny.onnx", "inner", model::Pool::kNone, "inner"},
      {"tiny.onnx", "inner", model::Pool::kMax, "inner_max"},
      {"tiny.onnx", "c2", model::Pool::kAvg, "feat"},
      {"fixed.onnx", "", model::Pool::kNone, "rows"},  // fixed at one picture
      {"nhwc.onnx", "", model::Pool::kNone, "rows"},
  };
  for (const auto& c : cases) {
    model::BackboneOptions options = Options(c.file, c.layer);
    options.pool = c.pool;
    ExtractorOptions how;
    how.batch = 3;
    const auto extractor = Make(options, how).ValueOrDie();
    const Rows want = golden.features(c.golden);
    ASSERT_EQ(extractor->info().feature_dim, want.dim) << c.file << " " << c.layer;
    std::vector<float> rows(want.values.size());
    ASSERT_TRUE(extractor->Extract(x.values.data(), 3, rows.data()).ok());
    EXPECT_LT(WorstRowError(want, rows), 1e-5) << c.file << " " << c.layer;
  }
}

TEST(OnnxOnOpenVino, AFixedSizeMayChangeWhereTheNetworkAllowsIt) {
  model::BackboneOptions options = Options("fixed.onnx");
  options.input_width = 40;
  options.input_height = 30;
  const auto extractor = Make(options, {}).ValueOrDie();
  EXPECT_EQ(extractor->info().input_width, 40);
  EXPECT_EQ(extractor->info().feature_dim, 6 * 15 * 20);
}

TEST(OnnxOnOpenVino, WhatCannotBeDoneIsExplained) {
  EXPECT_THAT(Make(Options("tiny.onnx", "nowhere"), {}).status().message(),
              AllOf(HasSubstr("tiny.onnx"), HasSubstr("no tensor 'nowhere'"),
                    HasSubstr("feat"), HasSubstr("logits")));
  const Status fixed = Make(Options("bad_fixed_batch.onnx"), {}).status();
  EXPECT_THAT(fixed.message(), HasSubstr("bad_fixed_batch.onnx at 24x20"));
  model::BackboneOptions pooled = Options("tiny.onnx", "feat");
  pooled.pool = model::Pool::kAvg;
  EXPECT_THAT(Make(pooled, {}).status().message(), HasSubstr("rank 2"));
  ExtractorOptions how;
  how.batch = -1;
  EXPECT_TRUE(Make(Options("tiny.onnx"), how).status().IsInvalid());
}

TEST(OnnxOnOpenVino, SeveralLayersStandBesideEachOther) {
  const KerasGolden golden("tiny_onnx.safetensors");
  const Rows x = golden.features("x");
  model::BackboneOptions options = Options("tiny.onnx", "logits,inner,feat");
  options.pool = model::Pool::kMax;  // of the one that has height and width
  ExtractorOptions how;
  how.batch = 3;
  const auto extractor = Make(options, how).ValueOrDie();
  const std::vector<RowPart> parts = {{"logits", 5}, {"inner", 4}, {"feat", 6}};
  EXPECT_EQ(extractor->info().parts, parts);
  Rows want{3, 15, {}};
  for (int64_t i = 0; i < 3; ++i) {
    for (const char* name : {"logits", "inner_max", "feat"}) {
      const Rows own = golden.features(name);
      want.values.insert(want.values.end(), own.row(i), own.row(i) + own.dim);
    }
  }
  std::vector<float> rows(want.values.size());
  ASSERT_TRUE(extractor->Extract(x.values.data(), 3, rows.data()).ok());
  EXPECT_LT(WorstRowError(want, rows), 1e-5);
}

TEST(Lite0OnOpenVino, AgreesWithOnnxRuntime) {
  const KerasGolden golden("lite0_onnx.safetensors");
  const Rows x = golden.features("x");
  const struct {
    const char* layer;
    model::Pool pool;
    const char* golden;
  } cases[] = {{"", model::Pool::kNone, "feat"},
               {"head", model::Pool::kAvg, "feat"},
               {"stage4,stage6,feat", model::Pool::kAvg, "several"},
               {"stage2", model::Pool::kNone, "stage2"}};
  for (const auto& c : cases) {
    model::BackboneOptions options;
    options.model = "lite0";
    options.input_width = 80;
    options.input_height = 64;
    options.layer = c.layer;
    options.pool = c.pool;
    ExtractorOptions how;
    how.batch = 2;
    const auto extractor = Make(options, how).ValueOrDie();
    const Rows want = golden.features(c.golden);
    ASSERT_EQ(extractor->info().feature_dim, want.dim) << c.layer;
    std::vector<float> rows(static_cast<size_t>(2 * want.dim));
    ASSERT_TRUE(extractor->Extract(x.values.data(), 2, rows.data()).ok());
    EXPECT_LT(WorstRowError(want, rows), 1e-4) << c.layer;
  }
}

}  // namespace
}  // namespace pomona::engine
