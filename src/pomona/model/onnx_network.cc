// SPDX-License-Identifier: Apache-2.0
#include "pomona/model/onnx_network.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>
#include <utility>

#include <nlohmann/json.hpp>

#include "pomona/base/hash.h"
#include "pomona/base/json.h"
#include "pomona/model/file_bytes.h"
#include "pomona/model/onnx_reader.h"

namespace pomona::model {
namespace {

using Json = nlohmann::json;

constexpr int64_t kMaxInput = 16'384;

// What FILE.json says.
struct Sidecar {
  std::string input;
  std::string layer;
  int64_t width = 0;
  int64_t height = 0;
  image::Normalization normalization;
};

image::Normalization PixelsAsTheyAre() {
  image::Normalization none;
  none.name = "none";
  none.bgr = false;
  none.mean = {0.0F, 0.0F, 0.0F};
  return none;
}

Status ParseTriple(const Json& value, std::array<float, 3>* out) {
  if (!value.is_array() || value.size() != 3) {
    return Status::Invalid("three numbers needed");
  }
  for (size_t i = 0; i < 3; ++i) {
    if (!value[i].is_number()) return Status::Invalid("three numbers needed");
    (*out)[i] = value[i].get<float>();
  }
  return Status::OK();
}

Status ParseSize(const Json& value, Sidecar* sidecar) {
  const bool pair = value.is_array() && value.size() == 2;
  const Json& width = pair ? value[0] : value;
  const Json& height = pair ? value[1] : value;
  for (const Json* side : {&width, &height}) {
    if (!side->is_number_unsigned() || side->get<uint64_t>() < 1 ||
        side->get<uint64_t>() > static_cast<uint64_t>(kMaxInput)) {
      return Status::Invalid("a number from 1 to ", kMaxInput,
                             " or [width, height] needed");
    }
  }
  sidecar->width = width.get<int64_t>();
  sidecar->height = height.get<int64_t>();
  return Status::OK();
}

Status ParseText(const Json& value, std::string* out) {
  if (!value.is_string()) return Status::Invalid("a text needed");
  *out = value.get<std::string>();
  return Status::OK();
}

Status ParseField(const std::string& key, const Json& value, Sidecar* sidecar) {
  image::Normalization& norm = sidecar->normalization;
  if (key == "input") return ParseText(value, &sidecar->input);
  if (key == "layer") return ParseText(value, &sidecar->layer);
  if (key == "size") return ParseSize(value, sidecar);
  norm.name = "custom";
  if (key == "mean") return ParseTriple(value, &norm.mean);
  if (key == "std") {
    ARROW_RETURN_NOT_OK(ParseTriple(value, &norm.std));
    const bool zero = std::count(norm.std.begin(), norm.std.end(), 0.0F) > 0;
    return zero ? Status::Invalid("zero found, a divisor needed") : Status::OK();
  }
  if (key == "scale") {
    if (!value.is_number()) return Status::Invalid("a number needed");
    norm.scale = value.get<float>();
    return Status::OK();
  }
  if (key == "channels") {
    if (value != "rgb" && value != "bgr") return Status::Invalid("'rgb' or 'bgr' needed");
    norm.bgr = value == "bgr";
    return Status::OK();
  }
  return Status::Invalid(
      "unknown; known are input, layer, size, channels, scale, mean, std");
}

Result<Sidecar> ReadSidecar(const std::string& onnx_path) {
  Sidecar sidecar;
  sidecar.normalization = PixelsAsTheyAre();
  const auto path = std::filesystem::path(onnx_path).replace_extension(".json");
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return sidecar;
  ARROW_ASSIGN_OR_RAISE(const std::string text,
                        ReadFileBytes(path.string(), "preprocessing"));
  const Json json = ParseJson(text);
  if (!json.is_object()) {
    return Status::Invalid("preprocessing file ", path.string(), ": not a JSON object");
  }
  for (const auto& [key, value] : json.items()) {
    if (Status s = ParseField(key, value, &sidecar); !s.ok()) {
      return Status::Invalid("preprocessing file ", path.string(), ": key '", key,
                             "': ", s.message());
    }
  }
  return sidecar;
}

std::string DimsText(const std::vector<int64_t>& dims) {
  std::string text;
  for (int64_t dim : dims) {
    text += (text.empty() ? "" : ", ") + (dim < 0 ? "?" : std::to_string(dim));
  }
  return "(" + text + ")";
}

std::string Names(const std::vector<OnnxInput>& inputs) {
  std::string text;
  for (const OnnxInput& input : inputs) text += (text.empty() ? "" : ", ") + input.name;
  return text;
}

bool MayBe(int64_t dim, int64_t wanted) { return dim < 0 || dim == wanted; }

// The one input, with H and W as (height, width) or -1.
Result<OnnxInput> PictureInput(const OnnxGraph& graph) {
  if (graph.inputs.size() != 1) {
    return Status::Invalid("it has ", graph.inputs.size(), " inputs (",
                           Names(graph.inputs), "), one picture needed");
  }
  const OnnxInput& input = graph.inputs.front();
  const bool is_float = input.data_type == kOnnxFloat || input.data_type == kOnnxFloat16;
  if (!is_float) {
    return Status::Invalid("input '", input.name, "' has ONNX data type ",
                           input.data_type, ", float (1) or float16 (10) needed");
  }
  const std::vector<int64_t>& dims = input.dims;
  if (dims.size() != 4 || (!MayBe(dims[1], 3) && !MayBe(dims[3], 3))) {
    return Status::Invalid("input '", input.name, "' has shape ", DimsText(dims),
                           ", a picture (N, 3, H, W) or (N, H, W, 3) needed");
  }
  return input;
}

// First what the user said, then FILE.json, then the file's own fixed size.
Result<int64_t> ResolveSize(const char* what, int64_t told, int64_t sidecar,
                            int64_t fixed) {
  const int64_t size = told != 0 ? told : sidecar != 0 ? sidecar : fixed;
  if (size >= 1 && size <= kMaxInput) return size;
  if (size < 0 && told == 0) {
    return Status::Invalid("its input ", what,
                           " is dynamic: give an input size or \"size\" in the .json "
                           "beside it");
  }
  return Status::Invalid("input ", what, " ", size, ": 1 to ", kMaxInput, " needed");
}

Result<std::string> ResolveLayer(const std::string& told, const std::string& sidecar,
                                 const OnnxGraph& graph) {
  if (!told.empty()) return told;
  if (!sidecar.empty()) return sidecar;
  if (graph.outputs.size() == 1) return graph.outputs.front();
  std::string names;
  for (const std::string& name : graph.outputs) {
    names += (names.empty() ? "" : ", ") + name;
  }
  return Status::Invalid("it has ", graph.outputs.size(), " outputs (", names,
                         "): say by --layer or \"layer\" in the .json beside it which");
}

Status CheckOneFile(const OnnxGraph& graph) {
  for (const OnnxTensor& tensor : graph.constants) {
    if (!tensor.external) continue;
    return Status::Invalid("the numbers of '", tensor.name,
                           "' are in another file; save the network as one file");
  }
  return Status::OK();
}

Result<Backbone> Describe(const BackboneOptions& options, const std::string& bytes,
                          const Sidecar& sidecar) {
  ARROW_ASSIGN_OR_RAISE(const OnnxGraph graph, ReadOnnx(bytes));
  ARROW_RETURN_NOT_OK(CheckOneFile(graph));
  ARROW_ASSIGN_OR_RAISE(const OnnxInput input, PictureInput(graph));
  if (!sidecar.input.empty() && sidecar.input != input.name) {
    return Status::Invalid("its input is '", input.name, "', the .json beside it says '",
                           sidecar.input, "'");
  }
  Backbone backbone;
  backbone.options = options;
  const bool channels_first = MayBe(input.dims[1], 3);
  const int64_t height = input.dims[channels_first ? 2 : 1];
  const int64_t width = input.dims[channels_first ? 3 : 2];
  ARROW_ASSIGN_OR_RAISE(
      backbone.options.input_height,
      ResolveSize("height", options.input_height, sidecar.height, height));
  ARROW_ASSIGN_OR_RAISE(backbone.options.input_width,
                        ResolveSize("width", options.input_width, sidecar.width, width));
  ARROW_ASSIGN_OR_RAISE(backbone.options.layer,
                        ResolveLayer(options.layer, sidecar.layer, graph));
  backbone.onnx_input = input.name;
  backbone.default_normalization = sidecar.normalization;
  return backbone;
}

}  // namespace

Result<Backbone> LoadOnnxNetwork(const BackboneOptions& options) {
  const std::string& path = options.model;
  ARROW_ASSIGN_OR_RAISE(std::string bytes, ReadFileBytes(path, "network"));
  ARROW_ASSIGN_OR_RAISE(const Sidecar sidecar, ReadSidecar(path));
  Result<Backbone> backbone = Describe(options, bytes, sidecar);
  if (!backbone.ok()) {
    return Status::FromArgs(backbone.status().code(), "network ", path, ": ",
                            backbone.status().message());
  }
  backbone->weights.kind = WeightsKind::kFile;
  backbone->weights.source = std::filesystem::path(path).filename().string();
  backbone->weights.sha256 = HexSha256(bytes);
  backbone->onnx_bytes = std::move(bytes);
  return backbone;
}

}  // namespace pomona::model
