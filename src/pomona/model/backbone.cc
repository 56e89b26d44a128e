// SPDX-License-Identifier: Apache-2.0
#include "pomona/model/backbone.h"

#include <algorithm>
#include <set>

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

// How many layers lead to `name`.
Result<int64_t> DepthOf(const std::string& name) {
  const std::vector<Layer>& all = Vgg16Layers();
  std::string known;
  for (size_t i = 0; i < all.size(); ++i) {
    if (all[i].name == name) return static_cast<int64_t>(i) + 1;
    known += (i == 0 ? "" : ", ") + all[i].name;
  }
  return Status::Invalid("VGG16 has no layer '", name, "'; it has: ", known);
}

Result<std::vector<Layer>> CutAt(const std::vector<std::string>& taps) {
  int64_t depth = 0;
  for (const std::string& name : taps) {
    ARROW_ASSIGN_OR_RAISE(const int64_t own, DepthOf(name));
    depth = std::max(depth, own);
  }
  return std::vector<Layer>(Vgg16Layers().begin(), Vgg16Layers().begin() + depth);
}

Status CheckTaps(const BackboneOptions& options) {
  const std::vector<std::string> taps = Taps(options);
  const std::set<std::string> different(taps.begin(), taps.end());
  if (different.size() == taps.size() && !different.contains("")) return Status::OK();
  return Status::Invalid("layer '", options.layer,
                         "': names divided by commas needed, each once");
}

Result<Backbone> LoadVgg16(BackboneOptions options) {
  if (options.input_width == 0) options.input_width = kDefaultInput;
  if (options.input_height == 0) options.input_height = kDefaultInput;
  ARROW_RETURN_NOT_OK(CheckVgg16Size("width", options.input_width));
  ARROW_RETURN_NOT_OK(CheckVgg16Size("height", options.input_height));
  Backbone backbone;
  if (options.layer.empty()) options.layer = Vgg16Layers().back().name;
  ARROW_ASSIGN_OR_RAISE(backbone.layers, CutAt(Taps(options)));
  ARROW_ASSIGN_OR_RAISE(backbone.weights, LoadWeights(options, backbone.layers));
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
  if (!IsStack(options) || layers.empty()) return std::nullopt;
  int64_t height = options.input_height;
  int64_t width = options.input_width;
  for (const Layer& layer : layers) {
    if (layer.kind != LayerKind::kMaxPool2x2) continue;
    height /= 2;
    width /= 2;
  }
  return std::array<int64_t, 3>{height, width, layers.back().out_channels};
}

std::vector<std::string> Taps(const BackboneOptions& options) {
  std::vector<std::string> taps(1);
  for (const char c : options.layer) {
    if (c == ',') {
      taps.emplace_back();
    } else {
      taps.back() += c;
    }
  }
  return taps;
}

bool IsStack(const BackboneOptions& options) {
  return options.model == "vgg16" && options.layer.find(',') == std::string::npos;
}

Result<Backbone> LoadBackbone(const BackboneOptions& options) {
  if (!options.layer.empty()) ARROW_RETURN_NOT_OK(CheckTaps(options));
  Result<Backbone> backbone = options.model == "vgg16"   ? LoadVgg16(options)
                              : options.model == "lite0" ? LoadLite0(options)
                                                         : LoadOnnxNetwork(options);
  if (backbone.ok()) backbone->sha256 = HexSha256(Identity(*backbone));
  return backbone;
}

}  // namespace pomona::model
