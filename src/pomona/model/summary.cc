// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cstdio>
#include <map>

#include "pomona/model/backbone.h"
#include "pomona/model/onnx_reader.h"

namespace pomona::model {
namespace {

constexpr int kNameWidth = 40;
constexpr int kShapeWidth = 26;
const std::string kThin(kNameWidth + kShapeWidth + 12, '_');
const std::string kThick(kNameWidth + kShapeWidth + 12, '=');

// 14714688 -> "14,714,688"
std::string Grouped(int64_t number) {
  std::string text = std::to_string(number);
  for (auto at = static_cast<int64_t>(text.size()) - 3; at > 0; at -= 3) {
    text.insert(static_cast<size_t>(at), 1, ',');
  }
  return text;
}

std::string Padded(std::string text, size_t width) {
  text.resize(std::max(text.size() + 1, width), ' ');
  return text;
}

std::string Row(const std::string& name, const std::string& shape,
                const std::string& parameters) {
  return Padded(std::string(1, ' ').append(name), kNameWidth) +
         Padded(shape, kShapeWidth) + parameters + "\n";
}

std::string ShapeOf(int64_t height, int64_t width, int64_t channels) {
  return "(None, " + std::to_string(height) + ", " + std::to_string(width) + ", " +
         std::to_string(channels) + ")";
}

std::string Megabytes(int64_t parameters) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "(%.2f MB)",
                static_cast<double>(parameters) * 4 / (1024 * 1024));
  return text.data();
}

std::string Totals(int64_t parameters, const std::string& weights) {
  return kThick + "\nTotal params: " + Grouped(parameters) + " " + Megabytes(parameters) +
         "\nTrainable params: 0 (0.00 MB)\nNon-trainable params: " + Grouped(parameters) +
         " " + Megabytes(parameters) + "\nWeights: " + weights + "\n";
}

std::string Head(const std::string& model) {
  return "Model: \"" + model + "\"\n" + kThin + "\n" +
         Row("Layer (type)", "Output Shape", "Param #") + kThick + "\n";
}

std::string PoolRow(Pool pool, int64_t channels) {
  const std::string shape = "(None, " + std::to_string(channels) + ")";
  if (pool == Pool::kAvg) {
    return Row("global_average (GlobalAveragePooling2D)", shape, "0");
  }
  return pool == Pool::kMax ? Row("global_max (GlobalMaxPooling2D)", shape, "0") : "";
}

std::string VggSummary(const Backbone& backbone) {
  int64_t height = backbone.options.input_height;
  int64_t width = backbone.options.input_width;
  int64_t total = 0;
  int64_t channels = 3;
  std::string text = Head(backbone.options.model) +
                     Row("input (InputLayer)", ShapeOf(height, width, 3), "0");
  for (const Layer& layer : backbone.layers) {
    const bool pool = layer.kind == LayerKind::kMaxPool2x2;
    if (pool) {
      height /= 2;
      width /= 2;
    }
    channels = layer.out_channels;
    text += Row(layer.name + (pool ? " (MaxPooling2D)" : " (Conv2D)"),
                ShapeOf(height, width, channels), Grouped(layer.num_parameters()));
    total += layer.num_parameters();
  }
  return text + PoolRow(backbone.options.pool, channels) +
         Totals(total, backbone.weights.source);
}

// Floating-point constants count as parameters.
int64_t CountParameters(const OnnxGraph& graph) {
  int64_t total = 0;
  for (const OnnxTensor& tensor : graph.constants) {
    if (tensor.data_type == kOnnxFloat)
      total += static_cast<int64_t>(tensor.data.size() / 4);
    if (tensor.data_type == kOnnxFloat16) {
      total += static_cast<int64_t>(tensor.data.size() / 2);
    }
  }
  return total;
}

// What of Lite0 is worth tapping: a stage's last output, at a share of the input's sides.
struct Lite0Tap {
  const char* name;
  int64_t stride;
  int64_t channels;
};
constexpr Lite0Tap kLite0Taps[] = {
    {"stem", 2, 32},     {"stage1", 2, 16},   {"stage2", 4, 24},
    {"stage3", 8, 40},   {"stage4", 16, 80},  {"stage5", 16, 112},
    {"stage6", 32, 192}, {"stage7", 32, 320}, {"head", 32, 1280}};

std::string Lite0Rows(const BackboneOptions& options) {
  std::string text;
  for (const Lite0Tap& tap : kLite0Taps) {
    const auto side = [&](int64_t input) {
      return (input + tap.stride - 1) / tap.stride;
    };
    text += Row(
        std::string(tap.name) + " (layer)",
        ShapeOf(side(options.input_height), side(options.input_width), tap.channels), "");
  }
  return text + Row("feat (layer)", "(None, 1280)", "");
}

// Operators with their counts stand for layers, whose shapes only the engine knows.
std::string OnnxSummary(const Backbone& backbone) {
  Result<OnnxGraph> graph = ReadOnnx(backbone.onnx_bytes);
  if (!graph.ok()) return graph.status().message() + "\n";
  std::map<std::string, int64_t> operators;
  for (const OnnxNode& node : graph->nodes) ++operators[node.op_type];
  const bool lite0 = backbone.options.model == "lite0";
  std::string text =
      Head(lite0 ? "lite0" : backbone.weights.source) +
      Row("input (InputLayer)",
          ShapeOf(backbone.options.input_height, backbone.options.input_width, 3), "0");
  for (const auto& [name, count] : operators) {
    text += Row(std::to_string(count) + " x " + name, "", "");
  }
  if (lite0) text += Lite0Rows(backbone.options);
  std::string output = backbone.options.layer;
  if (output.empty() && !graph->outputs.empty()) output = graph->outputs.front();
  return text + " output: " + output + "\n" +
         Totals(CountParameters(*graph), backbone.weights.source);
}

}  // namespace

std::string Summary(const Backbone& backbone) {
  return backbone.is_onnx() ? OnnxSummary(backbone) : VggSummary(backbone);
}

}  // namespace pomona::model
