// SPDX-License-Identifier: Apache-2.0
#include "pomona/model/onnx_stack.h"

#include <functional>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pomona::model {
namespace {

using ::testing::HasSubstr;

// x -> conv a, ReLU, pool p, conv b, ReLU -> y, with weights that tests may change.
struct Network {
  OnnxGraph graph;
  OnnxInput input{"x", kOnnxFloat, {-1, 3, -1, -1}};
  BackboneOptions options;
  std::vector<float> numbers = std::vector<float>(9 * 3 * 5, 0.5F);

  Network() {
    options.input_height = 9;
    options.input_width = 7;
    options.layer = "y";
    graph.nodes = {Node("Conv", {"x", "wa", "ba"}, "a", {{"pads", {1, 1, 1, 1}, ""}}),
                   Node("Relu", {"a"}, "ar"),
                   Node("MaxPool", {"ar"}, "p",
                        {{"kernel_shape", {2, 2}, ""}, {"strides", {2, 2}, ""}}),
                   Node("Conv", {"p", "wb"}, "b", {{"auto_pad", {}, "SAME_UPPER"}}),
                   Node("Relu", {"b"}, "y")};
    Constant("wa", {5, 3, 3, 3});
    Constant("ba", {5});
    Constant("wb", {2, 5, 3, 3});
  }
  Network(const Network&) = delete;

  static OnnxNode Node(const std::string& op, std::vector<std::string> inputs,
                       const std::string& output,
                       std::vector<OnnxSetting> settings = {}) {
    return {"", op, std::move(inputs), {output}, std::move(settings)};
  }
  void Constant(const std::string& name, std::vector<int64_t> dims) {
    size_t count = sizeof(float);
    for (const int64_t dim : dims) count *= static_cast<size_t>(dim);
    graph.constants.push_back({name,
                               kOnnxFloat,
                               std::move(dims),
                               {reinterpret_cast<const char*>(numbers.data()), count},
                               false});
  }
  // Behind what is there.
  void Add(const std::string& op, const std::string& output,
           std::vector<OnnxSetting> settings = {}) {
    graph.nodes.push_back(Node(op, {options.layer}, output, std::move(settings)));
    options.layer = output;
  }
  void Set(size_t node, const std::string& name, std::vector<int64_t> ints) {
    std::erase_if(graph.nodes[node].settings,
                  [&name](const OnnxSetting& s) { return s.name == name; });
    graph.nodes[node].settings.push_back({name, std::move(ints), ""});
  }
  Result<OnnxStack> Read() const { return ReadOnnxStack(graph, input, options); }
};

TEST(OnnxStack, IsReadAsATableWithWeights) {
  const OnnxStack stack = Network().Read().ValueOrDie();
  ASSERT_EQ(stack.layers.size(), 3U);
  EXPECT_EQ(stack.layers[0].name, "a");
  EXPECT_EQ(stack.layers[0].out_channels, 5);
  EXPECT_EQ(stack.layers[1].kind, LayerKind::kMaxPool2x2);
  EXPECT_EQ(stack.layers[2].in_channels, 5);
  ASSERT_EQ(stack.convs.size(), 2U);
  EXPECT_EQ(stack.convs[0].wei.size(), 135U);
  EXPECT_EQ(stack.convs[0].bia, std::vector<float>(5, 0.5F));
  EXPECT_EQ(stack.convs[1].bia, std::vector<float>(2, 0.0F));  // has none
}

TEST(OnnxStack, OtherBranchesAndWhatDoesNothingDoNotMatter) {
  Network network;
  network.graph.nodes.push_back(Network::Node("Softmax", {"p"}, "other"));
  network.Add("Dropout", "d");
  EXPECT_EQ(network.Read()->layers.size(), 3U);
  network.options.layer = "ar";  // cut before
  EXPECT_EQ(network.Read()->layers.size(), 1U);
}

TEST(OnnxStack, ChannelsMayBeLastOutside) {
  Network network;
  network.Add("Transpose", "t", {{"perm", {0, 2, 3, 1}, ""}});
  EXPECT_THAT(network.Read().status().message(), HasSubstr("(N, H, W, C)"));
  network.Add("Flatten", "rows");
  EXPECT_TRUE(network.Read().ok());
  network.input.dims = {1, 9, 7, 3};
  EXPECT_THAT(network.Read().status().message(), HasSubstr("channels that are last"));
  network.graph.nodes.push_back(
      Network::Node("Transpose", {"x"}, "first", {{"perm", {0, 3, 1, 2}, ""}}));
  network.graph.nodes[0].inputs[0] = "first";
  EXPECT_TRUE(network.Read().ok());
  network.options.pool = Pool::kAvg;
  EXPECT_THAT(network.Read().status().message(), HasSubstr("flat"));
}

TEST(OnnxStack, WhatDoesNotFitIsNamedWithItsReason) {
  const struct {
    std::function<void(Network*)> change;
    const char* message;
  } cases[] = {
      {[](Network* n) { n->Set(0, "strides", {2, 2}); }, "Conv 'a': strides is not 1, 1"},
      {[](Network* n) { n->Set(0, "pads", {0, 0, 0, 0}); }, "Conv 'a': pads is not 1"},
      {[](Network* n) { n->Set(0, "dilations", {2, 2}); }, "dilations is not 1, 1"},
      {[](Network* n) { n->Set(3, "group", {5}); }, "Conv 'b': group is not 1"},
      {[](Network* n) { n->Set(3, "kernel_shape", {3}); }, "kernel_shape is not 3, 3"},
      {[](Network* n) { n->graph.nodes[3].settings[0].text = "VALID"; },
       "auto_pad is VALID"},
      {[](Network* n) { n->Set(2, "kernel_shape", {3, 3}); },
       "MaxPool 'p': kernel_shape"},
      {[](Network* n) { n->Set(2, "strides", {1, 1}); }, "MaxPool 'p': strides"},
      {[](Network* n) { n->Set(2, "ceil_mode", {1}); }, "MaxPool 'p': ceil_mode"},
      {[](Network* n) { n->graph.constants[0].dims = {5, 3, 1, 9}; }, "not 3x3"},
      {[](Network* n) { n->graph.constants[2].dims = {3, 3, 3, 3}; }, "3 input"},
      {[](Network* n) { n->graph.constants[0].data.remove_suffix(4); }, "Conv 'a': "},
      {[](Network* n) { n->graph.constants[1].dims = {4}; }, "Conv 'a': "},
      {[](Network* n) { n->graph.constants[0].data_type = kOnnxFloat16; }, "not float32"},
      {[](Network* n) { n->graph.nodes[0].inputs[1] = "computed"; },
       "weights are computed"},
      {[](Network* n) { n->numbers[3] = std::numeric_limits<float>::infinity(); },
       "not all finite"},
      {[](Network* n) { n->graph.nodes[1].op_type = "Sigmoid"; }, "no ReLU behind"},
      {[](Network* n) { n->graph.nodes[2].op_type = "AveragePool"; },
       "AveragePool 'p': neither"},
      {[](Network* n) { n->options.layer = "b"; }, "Conv 'b': no ReLU behind"},
      {[](Network* n) { n->options.layer = "y,p"; }, "several layers"},
      {[](Network* n) { n->options.layer = "nowhere"; }, "to 'nowhere'"},
      {[](Network* n) { n->options.layer = "x"; }, "no convolution"},
      {[](Network* n) { n->graph.nodes[0].inputs[0] = "y"; }, "no chain"},  // a circle
      {[](Network* n) { n->input.data_type = kOnnxFloat16; }, "input is not float32"},
      {[](Network* n) { n->options.input_height = 1; }, "nothing is left"},
      {[](Network* n) { n->Add("Flatten", "rows"); }, "C, H, W"},
      {[](Network* n) { n->Add("Relu", "r"); }, "not behind a convolution"},
  };
  for (const auto& c : cases) {
    Network network;
    c.change(&network);
    EXPECT_THAT(network.Read().status().message(), HasSubstr(c.message));
  }
}

}  // namespace
}  // namespace pomona::model
