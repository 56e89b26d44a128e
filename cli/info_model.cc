// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <nlohmann/json.hpp>

#include "pomona/base/cpu.h"
#include "pomona/engine/describe.h"

#include "info.h"
#include "text.h"

namespace pomona::cli {
namespace {

using Json = nlohmann::ordered_json;

Json LayersJson(const model::Backbone& backbone) {
  Json layers = Json::array();
  for (const auto& layer : backbone.layers) {
    layers.push_back(
        {{"name", layer.name},
         {"kind",
          layer.kind == model::LayerKind::kConv3x3Relu ? "conv3x3_relu" : "maxpool2x2"},
         {"in_channels", layer.in_channels},
         {"out_channels", layer.out_channels},
         {"parameters", layer.num_parameters()}});
  }
  return layers;
}

Json ModelJson(const model::Backbone& backbone) {
  Json json = {
      {"model", backbone.options.model},
      {"input", {backbone.options.input_height, backbone.options.input_width, 3}},
      {"sha256", backbone.sha256},
      {"normalization", backbone.default_normalization.name}};
  if (backbone.is_onnx()) return json;
  int64_t parameters = 0;
  for (const auto& layer : backbone.layers) parameters += layer.num_parameters();
  json["weights"] = backbone.weights.source;
  json["weights_sha256"] = backbone.weights.sha256;
  json["random_weights"] = backbone.weights.kind == model::WeightsKind::kRandom;
  json["parameters"] = parameters;
  json["trainable_parameters"] = 0;
  if (const auto hwc = backbone.output_hwc()) json["output"] = *hwc;
  json["layers"] = LayersJson(backbone);
  return json;
}

// Why not the native engine; "" where it is taken.
std::string NotNative(const model::Backbone& backbone, const engine::Choice& choice) {
  if (choice.backend == engine::Backend::kNative) return "";
  if (!backbone.not_stack.empty()) {
    return "no stack of 3x3 convolutions with ReLU and 2x2 max-pooling up to one "
           "layer: " +
           backbone.not_stack;
  }
  return "slower on this kind of CPU (benchmarks/PRECISION.md); --backend native takes "
         "it";
}

// What runs it on this CPU, and how each layer is computed.
Json EngineJson(const model::Backbone& backbone, const engine::Choice& choice) {
  Json json = {{"backend", engine::BackendVersion(choice.backend)},
               {"precision", engine::PrecisionName(choice.precision)},
               {"cpu", DetectCpu().ToString()},
               {"not_native", NotNative(backbone, choice)},
               {"layers", Json::array()}};
  for (const auto& layer : engine::DescribeLayers(backbone, choice)) {
    json["layers"].push_back(
        {{"layer", layer.layer}, {"taken", layer.taken}, {"refused", layer.refused}});
  }
  return json;
}

std::string EngineText(const model::Backbone& backbone, const engine::Choice& choice) {
  std::string text = "\nOn this CPU (" + DetectCpu().ToString() + ") by " +
                     engine::BackendVersion(choice.backend) + " in " +
                     std::string(engine::PrecisionName(choice.precision)) + "\n";
  if (const std::string why = NotNative(backbone, choice); !why.empty()) {
    text += "  not native: " + why + "\n";
  }
  for (const auto& layer : engine::DescribeLayers(backbone, choice)) {
    text += "  " + layer.layer + ": " + layer.taken + "\n";
    for (const std::string& reason : layer.refused) text += "      not " + reason + "\n";
  }
  return text;
}

}  // namespace

std::string Field(const std::string& name, const std::string& text) {
  std::string line = name;
  line.resize(std::max<size_t>(name.size() + 1, 13), ' ');
  return line + text + "\n";
}

Result<Info> ModelInfo(const model::BackboneOptions& options, bool verbose) {
  ARROW_ASSIGN_OR_RAISE(auto backbone, model::LoadBackbone(options));
  Info info;
  info.text = model::Summary(backbone);
  if (!info.text.ends_with('\n')) info.text += '\n';
  Json json = ModelJson(backbone);
  ARROW_ASSIGN_OR_RAISE(const auto choice,
                        engine::ResolveChoice({}, backbone.not_stack, DetectCpu()));
  if (verbose) info.text += EngineText(backbone, choice);
  json["engine"] = EngineJson(backbone, choice);
  info.json = json.dump(2, ' ', false, Json::error_handler_t::replace);
  return info;
}

}  // namespace pomona::cli
