// SPDX-License-Identifier: Apache-2.0
#include "pomona/model/backbone.h"

#include <fstream>
#include <numeric>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pomona::model {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

const std::string kGolden = POMONA_SOURCE_DIR "/tests/golden/model/";

BackboneOptions Random(const std::string& layer = "") {
  BackboneOptions options;
  options.weights = "none";
  options.layer = layer;
  return options;
}

TEST(Vgg16, HasKerasNumberOfParameters) {
  int64_t total = 0;
  for (const Layer& layer : Vgg16Layers()) total += layer.num_parameters();
  EXPECT_EQ(total, 14'714'688);
}

// torchvision's: sum(p.numel() for p in vgg11().features.parameters()).
TEST(Vgg, HasTorchvisionsNumberOfParameters) {
  const struct {
    const char* model;
    size_t layers;
    int64_t parameters;
  } cases[] = {{"vgg11", 13, 9'220'480},
               {"vgg13", 15, 9'404'992},
               {"vgg16", 18, 14'714'688},
               {"vgg19", 21, 20'024'384}};
  for (const auto& c : cases) {
    int64_t total = 0;
    for (const Layer& layer : *VggLayers(c.model)) total += layer.num_parameters();
    EXPECT_EQ(total, c.parameters) << c.model;
    EXPECT_EQ(VggLayers(c.model)->size(), c.layers);
    BackboneOptions options = Random();
    options.model = c.model;
    const Backbone backbone = LoadBackbone(options).ValueOrDie();
    EXPECT_EQ(*backbone.output_hwc(), (std::array<int64_t, 3>{3, 3, 512}));
    EXPECT_EQ(backbone.not_stack, "");
    EXPECT_THAT(Summary(backbone), HasSubstr("Model: \"" + std::string(c.model) + "\""));
  }
  EXPECT_EQ(VggLayers("vgg17"), nullptr);
  EXPECT_TRUE(IsNamedModel("vgg19"));
  EXPECT_FALSE(IsNamedModel("vgg16.onnx"));
}

TEST(Vgg, OnlyVgg16sWeightsAreBuiltIn) {
  BackboneOptions options;
  options.model = "vgg19";
  EXPECT_THAT(LoadBackbone(options).status().message(),
              AllOf(HasSubstr("VGG16's"), HasSubstr("VGG19 needs --weights FILE")));
  options.weights = "none";
  options.layer = "block3_conv5";
  EXPECT_THAT(LoadBackbone(options).status().message(),
              AllOf(HasSubstr("VGG19 has no layer"), HasSubstr("block3_conv4")));
}

TEST(Vgg16, TheSummaryHasEveryLineOfKerass) {
  const std::string summary = Summary(LoadBackbone(Random()).ValueOrDie());
  std::ifstream golden(kGolden + "vgg16_layers.tsv");
  std::string name;
  std::string shape;
  std::string parameters;
  size_t layers = 0;
  while (std::getline(golden, name, '\t') && std::getline(golden, shape, '\t') &&
         std::getline(golden, parameters)) {
    ++layers;
    if (name == "input_layer") name = "input";
    std::istringstream lines(summary);
    std::string line;
    while (std::getline(lines, line) && line.find(" " + name + " (") != 0) {
    }
    std::string plain = line;
    std::erase(plain, ',');
    std::erase(shape, ',');
    EXPECT_THAT(plain, AllOf(HasSubstr(shape), HasSubstr(parameters))) << name;
  }
  EXPECT_EQ(layers, 19U);
  EXPECT_THAT(summary, HasSubstr("Total params: 14,714,688 (56.13 MB)"));
  EXPECT_THAT(summary, HasSubstr("Trainable params: 0 "));
  EXPECT_THAT(summary, HasSubstr("Weights: random weights (seed 42)"));
}

TEST(Vgg16, ASummaryShowsTheTapAndThePool) {
  BackboneOptions options = Random("block2_pool");
  options.pool = Pool::kMax;
  const std::string summary = Summary(LoadBackbone(options).ValueOrDie());
  EXPECT_THAT(summary, AllOf(HasSubstr("block2_pool (MaxPooling2D)"),
                             HasSubstr("global_max (GlobalMaxPooling2D)"),
                             HasSubstr("(None, 128)"), Not(HasSubstr("block3"))));
}

TEST(Vgg16, OutputShapesFollowTheInput) {
  const struct {
    int64_t width, height;
    const char* layer;
    std::array<int64_t, 3> hwc;
  } cases[] = {{100, 100, "", {3, 3, 512}},
               {32, 32, "", {1, 1, 512}},
               {64, 48, "", {1, 2, 512}},
               {100, 100, "block3_pool", {12, 12, 256}},
               {101, 33, "block1_conv1", {33, 101, 64}}};
  for (const auto& c : cases) {
    BackboneOptions options = Random(c.layer);
    options.input_width = c.width;
    options.input_height = c.height;
    EXPECT_EQ(*LoadBackbone(options)->output_hwc(), c.hwc);
  }
}

TEST(Vgg16, DefaultsAreResolved) {
  BackboneOptions options = Random();
  options.input_width = options.input_height = 0;
  const Backbone backbone = LoadBackbone(options).ValueOrDie();
  EXPECT_EQ(backbone.options.input_width, 100);
  EXPECT_EQ(backbone.options.layer, "block5_pool");
  EXPECT_EQ(backbone.default_normalization.name, "caffe");
  EXPECT_FALSE(backbone.is_onnx());
}

TEST(Vgg16, WrongSizesAndLayersAreRefused) {
  for (int64_t size : {31, -1, 1'000'000}) {
    BackboneOptions options = Random();
    options.input_height = size;
    EXPECT_THAT(LoadBackbone(options).status().message(),
                AllOf(HasSubstr("height " + std::to_string(size)), HasSubstr("32")));
  }
  EXPECT_THAT(LoadBackbone(Random("block6_pool")).status().message(),
              AllOf(HasSubstr("'block6_pool'"), HasSubstr("block5_pool")));
}

TEST(Vgg16, TheHashTellsWhatDecidesNumbers) {
  BackboneOptions options = Random("block1_conv1");
  const std::string base = LoadBackbone(options)->sha256;
  EXPECT_EQ(base.size(), 64U);
  EXPECT_EQ(LoadBackbone(options)->sha256, base);
  options.pool = Pool::kAvg;
  EXPECT_NE(LoadBackbone(options)->sha256, base);
  options.pool = Pool::kNone;
  options.seed = 1;
  EXPECT_NE(LoadBackbone(options)->sha256, base);
}

// --- ONNX

BackboneOptions Onnx(const std::string& name) {
  BackboneOptions options;
  options.model = kGolden + name;
  options.input_width = options.input_height = 0;
  return options;
}

TEST(OnnxNetwork, TheJsonBesideItSaysWhatItWants) {
  const Backbone backbone = LoadBackbone(Onnx("tiny.onnx")).ValueOrDie();
  EXPECT_TRUE(backbone.is_onnx());
  EXPECT_EQ(backbone.onnx_input, "x");
  EXPECT_EQ(backbone.options.layer, "feat");
  EXPECT_EQ(backbone.options.input_width, 24);
  EXPECT_EQ(backbone.options.input_height, 20);
  EXPECT_FALSE(backbone.default_normalization.bgr);
  EXPECT_THAT(backbone.default_normalization.mean, ElementsAre(127, 127, 127));
  EXPECT_THAT(backbone.default_normalization.std, ElementsAre(128, 128, 128));
  EXPECT_EQ(backbone.weights.source, "tiny.onnx");
  EXPECT_THAT(Summary(backbone),
              AllOf(HasSubstr("tiny.onnx"), HasSubstr("2 x Conv"),
                    HasSubstr("Total params: 369"), HasSubstr("output: feat")));
}

TEST(OnnxNetwork, WithoutAJsonItTakesPixelsAtItsOwnSize) {
  const Backbone backbone = LoadBackbone(Onnx("fixed.onnx")).ValueOrDie();
  EXPECT_EQ(backbone.options.input_width, 24);
  EXPECT_EQ(backbone.options.input_height, 20);
  EXPECT_EQ(backbone.options.layer, "rows");
  EXPECT_EQ(backbone.default_normalization.name, "none");
  EXPECT_EQ(LoadBackbone(Onnx("nhwc.onnx"))->options.input_width, 24);
}

std::string OnnxMessage(const std::string& name) {
  return LoadBackbone(Onnx(name)).status().message();
}

TEST(OnnxNetwork, WhatTakesNoPictureIsRefused) {
  EXPECT_THAT(OnnxMessage("bad_two_inputs.onnx"),
              AllOf(HasSubstr("bad_two_inputs.onnx"), HasSubstr("2 inputs (x, y)")));
  EXPECT_THAT(OnnxMessage("bad_rank2.onnx"),
              AllOf(HasSubstr("shape (?, 6)"), HasSubstr("(N, 3, H, W)")));
  EXPECT_THAT(OnnxMessage("bad_int64.onnx"), HasSubstr("data type 7"));
  EXPECT_THAT(OnnxMessage("bad_external.onnx"), HasSubstr("another file"));
  EXPECT_THAT(OnnxMessage("no_such.onnx"), HasSubstr("No such file"));
  EXPECT_THAT(OnnxMessage("vgg16_layers.tsv"), HasSubstr("not a readable ONNX file"));
}

TEST(OnnxNetwork, DynamicSizesAndSeveralOutputsNeedAWord) {
  std::ifstream from(kGolden + "tiny.onnx", std::ios::binary);
  const std::string path = ::testing::TempDir() + "/pomona_no_json.onnx";
  std::ofstream(path, std::ios::binary) << from.rdbuf();
  BackboneOptions options = Onnx("");
  options.model = path;
  EXPECT_THAT(LoadBackbone(options).status().message(),
              AllOf(HasSubstr("height is dynamic"), HasSubstr("input size")));
  options.input_width = options.input_height = 32;
  EXPECT_THAT(LoadBackbone(options).status().message(),
              AllOf(HasSubstr("2 outputs (feat, logits)"), HasSubstr("--layer")));
  options.layer = "feat";
  EXPECT_TRUE(LoadBackbone(options).ok());
}

TEST(OnnxNetwork, EveryCutOfTheFileIsRefused) {
  std::ifstream from(kGolden + "tiny.onnx", std::ios::binary);
  const std::string whole{std::istreambuf_iterator<char>(from), {}};
  const std::string path = ::testing::TempDir() + "/pomona_cut.onnx";
  BackboneOptions options = Onnx("");
  options.model = path;
  for (size_t size = 0; size + 1 < whole.size(); size += 37) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << whole.substr(0, size);
    EXPECT_FALSE(LoadBackbone(options).ok()) << size;
  }
}

TEST(OnnxNetwork, BadJsonNamesFileAndKey) {
  const std::string folder = ::testing::TempDir();
  std::ifstream from(kGolden + "fixed.onnx", std::ios::binary);
  std::ofstream(folder + "/pomona_j.onnx", std::ios::binary) << from.rdbuf();
  BackboneOptions options = Onnx("");
  options.model = folder + "/pomona_j.onnx";
  for (const auto& [json, message] : std::vector<std::pair<std::string, std::string>>{
           {"[1]", "not a JSON object"},
           {"{", "not a JSON object"},
           {R"({"mean": [1, 2]})", "key 'mean': three numbers"},
           {R"({"std": [1, 0, 1]})", "key 'std': zero"},
           {R"({"size": 0})", "key 'size'"},
           {R"({"size": [8, "x"]})", "key 'size'"},
           {R"({"channels": "hsv"})", "'rgb' or 'bgr'"},
           {R"({"input": "y"})", "the .json beside it says 'y'"},
           {R"({"meann": 1})", "key 'meann': unknown"}}) {
    std::ofstream(folder + "/pomona_j.json", std::ios::trunc) << json;
    EXPECT_THAT(LoadBackbone(options).status().message(), HasSubstr(message)) << json;
  }
}

TEST(Lite0, IsBuiltIn) {
  BackboneOptions options;
  options.model = "lite0";
  const Backbone lite0 = LoadBackbone(options).ValueOrDie();
  EXPECT_EQ(lite0.options.input_width, 224);
  EXPECT_EQ(lite0.options.input_height, 224);
  EXPECT_EQ(lite0.options.layer, "feat");
  EXPECT_EQ(lite0.weights.kind, WeightsKind::kImagenet);
  EXPECT_FALSE(lite0.default_normalization.bgr);
  EXPECT_EQ(lite0.default_normalization.mean[2], 127.0F);
  EXPECT_EQ(lite0.default_normalization.std[0], 128.0F);
  EXPECT_THAT(lite0.not_stack, HasSubstr("stride"));
  EXPECT_THAT(Summary(lite0),
              AllOf(HasSubstr("Model: \"lite0\""), HasSubstr("(None, 14, 14, 80)"),
                    HasSubstr("Total params: 3,350,002")));
  options.weights = "none";
  EXPECT_THAT(LoadBackbone(options).status().message(),
              HasSubstr("lite0 has its ImageNet weights alone, not 'none'"));
}

TEST(Taps, AreNamesDividedByCommas) {
  BackboneOptions options = Random("block3_pool,block1_conv1");
  const Backbone backbone = LoadBackbone(options).ValueOrDie();
  EXPECT_THAT(Taps(backbone.options), ElementsAre("block3_pool", "block1_conv1"));
  EXPECT_EQ(backbone.layers.back().name, "block3_pool");  // the deepest
  EXPECT_EQ(backbone.output_hwc(), std::nullopt);
  EXPECT_EQ(backbone.not_stack, "several layers are asked for");
  EXPECT_EQ(LoadBackbone(Random("block3_pool"))->not_stack, "");
  for (const char* wrong : {"block1_pool,", ",", "block1_pool,block1_pool"}) {
    EXPECT_THAT(LoadBackbone(Random(wrong)).status().message(),
                HasSubstr("divided by commas"))
        << wrong;
  }
  EXPECT_THAT(LoadBackbone(Random("block1_pool,nope")).status().message(),
              HasSubstr("VGG16 has no layer 'nope'"));
}

}  // namespace
}  // namespace pomona::model
