// SPDX-License-Identifier: Apache-2.0
#include "pomona/model/onnx_network.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "pomona/base/asset.h"
#include "pomona/base/hash.h"
#include "pomona/model/file_bytes.h"
#include "pomona/model/onnx_reader.h"
#include "pomona/model/onnx_sidecar.h"
#include "pomona/model/onnx_stack.h"

namespace pomona::model {
namespace {

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
  if (size >= 1 && size <= kMaxOnnxInput) return size;
  if (size < 0 && told == 0) {
    return Status::Invalid("its input ", what,
                           " is dynamic: give an input size or \"size\" in the .json "
                           "beside it");
  }
  return Status::Invalid("input ", what, " ", size, ": 1 to ", kMaxOnnxInput, " needed");
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
  Result<OnnxStack> stack = ReadOnnxStack(graph, input, backbone.options);
  if (stack.ok()) {
    backbone.layers = std::move(stack->layers);
    backbone.weights.convs = std::move(stack->convs);
  } else {
    backbone.not_stack = stack.status().message();
  }
  backbone.default_normalization = sidecar.normalization;
  return backbone;
}

// Names the file in what is wrong with it.
Result<Backbone> MakeBackbone(const BackboneOptions& options, const std::string& path,
                              std::string bytes, const Sidecar& sidecar) {
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

constexpr char kLite0Asset[] = "weights/efficientnet-lite0-imagenet.onnx";
constexpr char kLite0Sha256[] =
    "2827b7da06a7a9f19dfef70a5d8a3ba690d4cf4818bec266ba248f1b74c72f6e";

// As it was trained: (RGB - 127) / 128 at 224 x 224.
Sidecar Lite0Sidecar() {
  Sidecar sidecar;
  sidecar.layer = "feat";
  sidecar.width = sidecar.height = 224;
  sidecar.normalization = {
      "custom", false, 1, {127.0F, 127.0F, 127.0F}, {128.0F, 128.0F, 128.0F}};
  return sidecar;
}

}  // namespace

Result<Backbone> LoadOnnxNetwork(const BackboneOptions& options) {
  const std::string& path = options.model;
  ARROW_ASSIGN_OR_RAISE(std::string bytes, ReadFileBytes(path, "network"));
  ARROW_ASSIGN_OR_RAISE(const Sidecar sidecar, ReadSidecar(path));
  return MakeBackbone(options, path, std::move(bytes), sidecar);
}

Result<Backbone> LoadLite0(const BackboneOptions& options) {
  if (options.weights != "imagenet") {
    return Status::Invalid("lite0 has its ImageNet weights alone, not '", options.weights,
                           "': another network is given as a file, --model FILE.onnx");
  }
  ARROW_ASSIGN_OR_RAISE(const std::string path, AssetPath(kLite0Asset));
  ARROW_ASSIGN_OR_RAISE(std::string bytes, ReadFileBytes(path, "network"));
  if (const std::string sha256 = HexSha256(bytes); sha256 != kLite0Sha256) {
    return Status::Invalid("weights file ", path, " is damaged: sha256 ", sha256,
                           " found, ", kLite0Sha256,
                           " needed; restore it from the repository");
  }
  ARROW_ASSIGN_OR_RAISE(Backbone backbone,
                        MakeBackbone(options, path, std::move(bytes), Lite0Sidecar()));
  backbone.weights.kind = WeightsKind::kImagenet;
  backbone.weights.source = "imagenet (built in)";
  return backbone;
}

}  // namespace pomona::model
