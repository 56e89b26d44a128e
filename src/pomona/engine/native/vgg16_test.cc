// SPDX-License-Identifier: Apache-2.0
// VGG16 on the native engine against Keras (tests/golden/model/make_keras.py).
#include <cstring>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pomona/engine/native/extractor.h"

#include "tests/contract/keras_golden.h"

namespace pomona::engine {
namespace {

using ::pomona::test::KerasCase;
using ::pomona::test::KerasGolden;
using ::pomona::test::kKerasCases;
using ::pomona::test::Rows;
using ::testing::HasSubstr;

Result<std::unique_ptr<FeatureExtractor>> Make(const model::BackboneOptions& options,
                                               ExtractorOptions how, Isa isa) {
  ARROW_ASSIGN_OR_RAISE(const model::Backbone backbone, model::LoadBackbone(options));
  how.threads = 2;
  return native::MakeExtractor(backbone, how, isa);
}

#ifdef POMONA_SANITIZED
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

// Sanitizers watch every load of a kernel: there one instruction set is enough.
std::vector<Isa> Isas() {
  if (kSanitized) return {DetectCpu().isa};
  std::vector<Isa> isas;
  for (const Isa isa : {Isa::kPortable, Isa::kAvx2, Isa::kAvx512}) {
    if (isa <= DetectCpu().isa) isas.push_back(isa);
  }
  return isas;
}

// With the built-in weights on real pictures; the goal is 2e-5 (Keras's own float32 is
// part of the difference).
TEST(Vgg16OnNative, AgreesWithKeras) {
  const KerasGolden golden;
  for (const KerasCase& c : kKerasCases) {
    // The others pack 300 MB of weights, for a minute each under the thread sanitizer.
    if (kSanitized && std::string_view(c.layer) != "block3_conv2") continue;
    const Rows input = golden.caffe_input(c.input);
    const Rows want = golden.features(c.golden);
    for (const Isa isa : Isas()) {
      ExtractorOptions how;
      how.batch = input.count;
      const auto extractor = Make(c.options(), how, isa).ValueOrDie();
      std::vector<float> rows(want.values.size());
      ASSERT_EQ(rows.size(),
                static_cast<size_t>(input.count * extractor->info().feature_dim));
      ASSERT_TRUE(extractor->Extract(input.values.data(), input.count, rows.data()).ok());
      const double error = WorstRowError(want, rows);
      EXPECT_LT(error, 2e-5) << c.golden << ", " << IsaName(isa);
      RecordProperty(std::string(c.golden) + "_" + std::string(IsaName(isa)),
                     std::to_string(error));
    }
  }
}

// The contract of bf16: cosine over 0.9995 of every row, with ImageNet weights on real
// pictures.
TEST(Vgg16OnNative, Bf16IsCloseToKeras) {
  if (!ResolveChoice({"bf16", "native"}, "", DetectCpu()).ok()) {
    GTEST_SKIP() << "no bf16 on this CPU";
  }
  const KerasGolden golden;
  for (const KerasCase& c : kKerasCases) {
    if (kSanitized && std::string_view(c.layer) != "block3_conv2") continue;
    const Rows input = golden.caffe_input(c.input);
    const Rows want = golden.features(c.golden);
    ExtractorOptions how;
    how.precision = Precision::kBf16;
    how.batch = input.count;
    const auto extractor = Make(c.options(), how, DetectCpu().isa).ValueOrDie();
    std::vector<float> rows(want.values.size());
    ASSERT_TRUE(extractor->Extract(input.values.data(), input.count, rows.data()).ok());
    const double cosine = WorstRowCosine(want, rows);
    EXPECT_GT(cosine, 0.9995) << c.golden;
    RecordProperty(c.golden, std::to_string(cosine));
  }
}

// A batch that is not full is cut into other parts of tiles than a full one, some of them
// larger: nothing may run into what lies behind.
TEST(Vgg16OnNative, RowsOfBatchesThatAreNotFullHaveTheSameBits) {
  if (kSanitized) GTEST_SKIP() << "packs all weights";
  model::BackboneOptions options;
  options.weights = "none";
  constexpr int64_t kPictures = 32;
  constexpr int64_t kPicture = 3 * 100 * 100;
  std::vector<float> pictures(kPictures * kPicture);
  for (size_t i = 0; i < pictures.size(); ++i) {
    pictures[i] = static_cast<float>(i * i % 251) - 110.0F;
  }
  ExtractorOptions how;
  how.batch = kPictures;
  const auto extractor = Make(options, how, DetectCpu().isa).ValueOrDie();
  const int64_t dim = extractor->info().feature_dim;
  std::vector<float> want(static_cast<size_t>(kPictures * dim));
  for (int64_t i = 0; i < kPictures; ++i) {
    ASSERT_TRUE(
        extractor->Extract(pictures.data() + i * kPicture, 1, want.data() + i * dim)
            .ok());
  }
  for (int64_t count = 2; count <= kPictures; ++count) {
    std::vector<float> rows(static_cast<size_t>(count * dim));
    ASSERT_TRUE(extractor->Extract(pictures.data(), count, rows.data()).ok());
    EXPECT_EQ(std::memcmp(rows.data(), want.data(), rows.size() * sizeof(float)), 0)
        << count << " pictures";
  }
}

// 540 x 540 x 64 floats are too many for each thread: they share one picture.
TEST(Vgg16OnNative, LargePicturesHaveTheSameBitsOnAnyNumberOfThreads) {
  model::BackboneOptions options;
  options.weights = "none";
  options.input_width = options.input_height = 540;
  options.layer = "block1_pool";
  options.pool = model::Pool::kAvg;
  std::vector<float> pictures(3 * 3 * 540 * 540);
  for (size_t i = 0; i < pictures.size(); ++i) {
    pictures[i] = static_cast<float>(i * i % 251) - 110.0F;
  }
  std::vector<float> want(3 * 64);
  for (const int threads : {1, 2, 3}) {
    const model::Backbone backbone = model::LoadBackbone(options).ValueOrDie();
    ExtractorOptions how;
    how.batch = 3;
    how.threads = threads;
    const auto extractor =
        native::MakeExtractor(backbone, how, DetectCpu().isa).ValueOrDie();
    std::vector<float> rows(want.size());
    ASSERT_TRUE(extractor->Extract(pictures.data(), 3, rows.data()).ok());
    if (threads == 1) want = rows;
    EXPECT_EQ(want, rows) << threads << " threads";
  }
}

TEST(Vgg16OnNative, RefusesWhatItCannotDo) {
  model::BackboneOptions random;
  random.weights = "none";
  const model::Backbone vgg = model::LoadBackbone(random).ValueOrDie();
  ExtractorOptions how;
  how.precision = Precision::kBf16;
  how.batch = how.threads = 1;
  if (DetectCpu().isa < Isa::kAvx512Bf16) {
    EXPECT_THAT(native::MakeExtractor(vgg, how, Isa::kPortable).status().message(),
                HasSubstr("f32"));
  }
  model::BackboneOptions options;
  options.model = POMONA_SOURCE_DIR "/tests/golden/model/tiny.onnx";
  const model::Backbone onnx = model::LoadBackbone(options).ValueOrDie();
  EXPECT_THAT(native::MakeExtractor(onnx, {}, Isa::kPortable).status().message(),
              HasSubstr("--backend openvino"));
}

}  // namespace
}  // namespace pomona::engine
