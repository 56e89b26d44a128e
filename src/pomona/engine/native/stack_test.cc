// SPDX-License-Identifier: Apache-2.0
// Stacks other than VGG16 on the native engine against OpenVINO: the same network, the
// same seeded numbers.
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pomona/engine/describe.h"
#include "pomona/engine/feature_extractor.h"
#include "pomona/model/onnx_reader.h"
#include "pomona/model/onnx_writer.h"
#include "pomona/model/weights.h"

#include "tests/contract/keras_golden.h"

namespace pomona::engine {
namespace {

using ::pomona::test::Rows;
using ::pomona::test::WorstRowError;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr int64_t kPictures = 3;

Rows Extract(const model::Backbone& backbone, Backend backend) {
  ExtractorOptions how;
  how.backend = backend;
  how.batch = kPictures;
  how.threads = 2;
  const auto extractor = MakeFeatureExtractor(backbone, how).ValueOrDie();
  const ExtractorInfo& info = extractor->info();
  std::vector<float> pictures(
      static_cast<size_t>(kPictures * 3 * info.input_height * info.input_width));
  for (size_t i = 0; i < pictures.size(); ++i) {
    pictures[i] = static_cast<float>(i * i % 251) - 110.0F;
  }
  Rows rows{kPictures, info.feature_dim, {}};
  rows.values.resize(static_cast<size_t>(kPictures * info.feature_dim));
  EXPECT_TRUE(extractor->Extract(pictures.data(), kPictures, rows.values.data()).ok());
  return rows;
}

void ExpectSame(const model::BackboneOptions& options) {
  const model::Backbone backbone = model::LoadBackbone(options).ValueOrDie();
  EXPECT_EQ(backbone.not_stack, "");
  const Rows want = Extract(backbone, Backend::kOpenVino);
  const Rows got = Extract(backbone, Backend::kNative);
  ASSERT_EQ(want.dim, got.dim);
  EXPECT_LT(WorstRowError(want, got.values), 2e-5);
}

TEST(StackOnNative, EveryVggAgreesWithOpenVino) {
  const struct {
    const char* model;
    const char* layer;
    int64_t height, width;
  } cases[] = {
#ifdef POMONA_SANITIZED
      {"vgg11", "block2_pool", 33, 47},
#else
      {"vgg11", "", 33, 47},  // its first layer has a pool behind it
      {"vgg13", "", 32, 45},
      {"vgg19", "", 41, 32},
      {"vgg19", "block3_conv4", 37, 53},
      {"vgg11", "block1_pool", 35, 33},
#endif
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(std::string(c.model) + " " + c.layer);
    model::BackboneOptions options;
    options.model = c.model;
    options.layer = c.layer;
    options.weights = "none";
    options.input_height = c.height;
    options.input_width = c.width;
    ExpectSame(options);
  }
}

// An ONNX file of a stack with channels that no vector divides; `rows` is H, W, C and
// flat, `deep` the last ReLU's output.
std::string WriteStack() {
  const std::vector<model::Layer> layers = {
      {"c1", model::LayerKind::kConv3x3Relu, 3, 20},
      {"p1", model::LayerKind::kMaxPool2x2, 20, 20},
      {"c2", model::LayerKind::kConv3x3Relu, 20, 37},
      {"c3", model::LayerKind::kConv3x3Relu, 37, 50},
      {"p3", model::LayerKind::kMaxPool2x2, 50, 50},
      {"c4", model::LayerKind::kConv3x3Relu, 50, 18},
  };
  const auto convs = model::RandomConvs(layers, 5);
  model::OnnxPart part;
  std::string last = "x";
  auto weights = convs.begin();
  for (const model::Layer& layer : layers) {
    if (layer.kind == model::LayerKind::kMaxPool2x2) {
      last = part.Node("MaxPool", layer.name, {last},
                       {{"kernel_shape", {2, 2}}, {"strides", {2, 2}}});
      continue;
    }
    const std::string wei = part.Floats(
        layer.name + "_w", {layer.out_channels, layer.in_channels, 3, 3}, weights->wei);
    const std::string bia =
        part.Floats(layer.name + "_b", {layer.out_channels}, weights->bia);
    ++weights;
    const std::string conv =
        part.Node("Conv", layer.name, {last, wei, bia}, {{"pads", {1, 1, 1, 1}}});
    last = part.Node("Relu", layer.name + "_relu", {conv});
  }
  part.Name(last, "deep");
  const std::string turned =
      part.Node("Transpose", "turn", {"deep"}, {{"perm", {0, 2, 3, 1}}});
  part.Name(part.Node("Flatten", "flatten", {turned}), "rows");
  return model::OnnxModel(part, {"x", model::kOnnxFloat, {-1, 3, -1, -1}},
                          {"rows", model::kOnnxFloat, {-1, -1}}, {});
}

TEST(StackOnNative, OnnxStacksAgreeWithOpenVino) {
  const std::string path = ::testing::TempDir() + "/pomona_stack.onnx";
  std::ofstream(path, std::ios::binary) << WriteStack();
  model::BackboneOptions options;
  options.model = path;
  options.input_height = 29;
  options.input_width = 43;
  for (const char* layer : {"rows", "deep"}) {
    SCOPED_TRACE(layer);
    options.layer = layer;
    ExpectSame(options);
  }
  options.pool = model::Pool::kAvg;
  ExpectSame(options);
}

TEST(StackOnNative, OnnxStacksTellHowEachLayerIsComputed) {
  const std::string path = ::testing::TempDir() + "/pomona_stack_told.onnx";
  std::ofstream(path, std::ios::binary) << WriteStack();
  model::BackboneOptions options;
  options.model = path;
  options.input_height = options.input_width = 32;
  const model::Backbone backbone = model::LoadBackbone(options).ValueOrDie();
  const auto layers = DescribeLayers(backbone, {Precision::kF32, Backend::kNative});
  ASSERT_EQ(layers.size(), 5U);  // p3 goes along with c3
  EXPECT_THAT(layers[0].taken, StartsWith("direct"));
  EXPECT_EQ(layers[1].taken, "max-pooling");
  EXPECT_THAT(layers[3].taken, StartsWith("Winograd"));
  EXPECT_EQ(layers[3].refused.size(), 3U);
}

}  // namespace
}  // namespace pomona::engine
