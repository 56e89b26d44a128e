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

Status CheckVggSize(const std::string& model, const char* what, int64_t size) {
  if (size >= kVggMinInput && size <= kMaxInput) return Status::OK();
  return Status::Invalid("input ", what, " ", size, ": ", ModelTitle(model), " takes ",
                         kVggMinInput, " to ", kMaxInput, " pixels");
}

// How many layers lead to `name`.
Result<int64_t> DepthOf(const std::string& model, const std::string& name) {
  const std::vector<Layer>& all = *VggLayers(model);
  std::string known;
  for (size_t i = 0; i < all.size(); ++i) {
    if (all[i].name == name) return static_cast<int64_t>(i) + 1;
    known += (i == 0 ? "" : ", ") + all[i].name;
  }
  return Status::Invalid(ModelTitle(model), " has no layer '", name,
                         "'; it has: ", known);
}

Result<std::vector<Layer>> CutAt(const std::string& model,
                                 const std::vector<std::string>& taps) {
  int64_t depth = 0;
  for (const std::string& name : taps) {
    ARROW_ASSIGN_OR_RAISE(const int64_t own, DepthOf(model, name));
    depth = std::max(depth, own);
  }
  const std::vector<Layer>& all = *VggLayers(model);
  return std::vector<Layer>(all.begin(), all.begin() + depth);
}

Status CheckTaps(const BackboneOptions& options) {
  const std::vector<std::string> taps = Taps(options);
  const std::set<std::string> different(taps.begin(), taps.end());
  if (different.size() == taps.size() && !different.contains("")) return Status::OK();
  return Status::Invalid("layer '", options.layer,
                         "': names divided by commas needed, each once");
}

Result<Backbone> LoadVgg(BackboneOptions options) {
  if (options.input_width == 0) options.input_width = kDefaultInput;
  if (options.input_height == 0) options.input_height = kDefaultInput;
  ARROW_RETURN_NOT_OK(CheckVggSize(options.model, "width", options.input_width));
  ARROW_RETURN_NOT_OK(CheckVggSize(options.model, "height", options.input_height));
  Backbone backbone;
  if (options.layer.empty()) options.layer = VggLayers(options.model)->back().name;
  ARROW_ASSIGN_OR_RAISE(backbone.layers, CutAt(options.model, Taps(options)));
  ARROW_ASSIGN_OR_RAISE(backbone.weights, LoadWeights(options, backbone.layers));
  if (Taps(options).size() > 1) backbone.not_stack = "several layers are asked for";
  backbone.options = std::move(options);
  return backbone;
}

// Everything that decides the numbers, a line each.
std::string Identity(const Backbone& backbone) {
  const BackboneOptions& o = backbone.options;
  const std::string model = backbone.is_onnx() ? "onnx" : o.model;
  return model + "\n" + backbone.weights.sha256 + "\n" + o.layer + "\n" +
         std::to_string(static_cast<int>(o.pool)) + "\n" + std::to_string(o.input_width) +
         "x" + std::to_string(o.input_height) + "\n";
}

}  // namespace

std::optional<std::array<int64_t, 3>> Backbone::output_hwc() const {
  if (!not_stack.empty() || layers.empty()) return std::nullopt;
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

Result<Backbone> LoadBackbone(const BackboneOptions& options) {
  if (!options.layer.empty()) ARROW_RETURN_NOT_OK(CheckTaps(options));
  Result<Backbone> backbone = VggLayers(options.model)   ? LoadVgg(options)
                              : options.model == "lite0" ? LoadLite0(options)
                                                         : LoadOnnxNetwork(options);
  if (backbone.ok()) backbone->sha256 = HexSha256(Identity(*backbone));
  return backbone;
}

}  // namespace pomona::model
