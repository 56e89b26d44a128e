// SPDX-License-Identifier: Apache-2.0
#include "pomona/model/backbone.h"

#include <algorithm>

#include "pomona/base/hash.h"
#include "pomona/model/onnx_network.h"
#include "pomona/model/weights.h"

namespace pomona::model {
namespace {

constexpr int64_t kDefaultInput = 100;
constexpr int64_t kMaxInput = 16'384;

Status CheckVgg16Size(const char* what, int64_t size) {
  if (size >= kVgg16MinInput && size <= kMaxInput) return Status::OK();
  return Status::Invalid("input ", what, " ", size, ": VGG16 takes ", kVgg16MinInput,
                         " to ", kMaxInput, " pixels");
}

Result<std::vector<Layer>> CutAt(const std::string& name) {
  const std::vector<Layer>& all = Vgg16Layers();
  if (name.empty()) return all;
  std::string known;
  for (size_t i = 0; i < all.size(); ++i) {
    if (all[i].name == name) {
      return std::vector<Layer>(all.begin(), all.begin() + static_cast<int64_t>(i) + 1);
    }
    known += (i == 0 ? "" : ", ") + all[i].name;
  }
  return Status::Invalid("VGG16 has no layer '", name, "'; it has: ", known);
}

Result<Backbone> LoadVgg16(BackboneOptions options) {
  if (options.input_width == 0) options.input_width = kDefaultInput;
  if (options.input_height == 0) options.input_height = kDefaultInput;
  ARROW_RETURN_NOT_OK(CheckVgg16Size("width", options.input_width));
  ARROW_RETURN_NOT_OK(CheckVgg16Size("height", options.input_height));
  Backbone backbone;
  ARROW_ASSIGN_OR_RAISE(backbone.layers, CutAt(options.layer));
  ARROW_ASSIGN_OR_RAISE(backbone.weights, LoadWeights(options, backbone.layers));
  options.layer = backbone.layers.back().name;
  backbone.options = std::move(options);
  return backbone;
}

// Everything that decides the numbers, a line each.
std::string Identity(const Backbone& backbone) {
  const BackboneOptions& o = backbone.options;
  const std::string model = backbone.is_onnx() ? "onnx" : "vgg16";
  return model + "\n" + backbone.weights.sha256 + "\n" + o.layer + "\n" +
         std::to_string(static_cast<int>(o.pool)) + "\n" + std::to_string(o.input_width) +
         "x" + std::to_string(o.input_height) + "\n";
}

}  // namespace

std::optional<std::array<int64_t, 3>> Backbone::output_hwc() const {
  if (is_onnx() || layers.empty()) return std::nullopt;
  int64_t height = options.input_height;
  int64_t width = options.input_width;
  for (const Layer& layer : layers) {
    if (layer.kind != LayerKind::kMaxPool2x2) continue;
    height /= 2;
    width /= 2;
  }
  return std::array<int64_t, 3>{height, width, layers.back().out_channels};
}

Result<Backbone> LoadBackbone(const BackboneOptions& options) {
  Result<Backbone> backbone =
      options.model == "vgg16" ? LoadVgg16(options) : LoadOnnxNetwork(options);
  if (backbone.ok()) backbone->sha256 = HexSha256(Identity(*backbone));
  return backbone;
}

}  // namespace pomona::model
