// SPDX-License-Identifier: Apache-2.0
#include "pomona/model/onnx_export.h"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <utility>

#include "pomona/model/onnx_reader.h"

namespace pomona::model {
namespace {

constexpr char kPixels[] = "pixels";
constexpr char kFeatures[] = "features";
constexpr char kReduced[] = "pca";
constexpr char kPrefix[] = "pomona/";  // around a user's graph, whose names are unknown
constexpr int64_t kMinOpset = 7;
const std::vector<int64_t> kToChannelsFirst = {0, 3, 1, 2};
const std::vector<int64_t> kToChannelsLast = {0, 2, 3, 1};

std::string Cast(OnnxPart* part, const std::string& name, const std::string& from,
                 int64_t type) {
  return part->Node("Cast", name, {from}, {{"to", {type}, false}});
}

// Bytes to what the network wants: N, C, H, W, the arithmetic of image::Preprocess.
std::string Normalize(OnnxPart* part, const image::Normalization& n) {
  std::string at = Cast(part, "pixels_float", kPixels, kOnnxFloat);
  at = part->Node("Transpose", "planes", {at}, {{"perm", kToChannelsFirst}});
  if (n.bgr) {
    at = part->Node("Gather", "bgr", {at, part->Ints("bgr_order", {2, 1, 0})},
                    {{"axis", {1}, false}});
  }
  const auto apply = [&](const char* op, const char* name, std::array<float, 3> v,
                         float nothing) {
    if (std::count(v.begin(), v.end(), nothing) == 3) return;
    const std::string constant =
        part->Floats(std::string(name) + "_by", {1, 3, 1, 1}, {v.begin(), v.end()});
    at = part->Node(op, name, {at, constant});
  };
  apply("Mul", "scaled_pixels", {n.scale, n.scale, n.scale}, 1.0F);
  apply("Sub", "shifted_pixels", n.mean, 0.0F);
  apply("Div", "normal_pixels", n.std, 1.0F);
  return at;
}

std::string Vgg16(OnnxPart* part, const Backbone& backbone, std::string at) {
  auto weights = backbone.weights.convs.begin();
  for (const Layer& layer : backbone.layers) {
    if (layer.kind == LayerKind::kMaxPool2x2) {
      at = part->Node("MaxPool", layer.name, {at},
                      {{"kernel_shape", {2, 2}}, {"strides", {2, 2}}});
      continue;
    }
    const std::string wei =
        part->Floats(layer.name + "/kernel",
                     {layer.out_channels, layer.in_channels, 3, 3}, weights->wei);
    const std::string bia =
        part->Floats(layer.name + "/bias", {layer.out_channels}, weights->bia);
    at = part->Node("Conv", layer.name + "/conv", {at, wei, bia},
                    {{"kernel_shape", {3, 3}}, {"pads", {1, 1, 1, 1}}});
    at = part->Node("Relu", layer.name, {at});
    ++weights;
  }
  return at;
}

// A tensor of `rank` to rows, as the engine flattens it.
std::string Flatten(OnnxPart* part, std::string at, Pool pool, size_t rank) {
  if (pool == Pool::kAvg) at = part->Node("GlobalAveragePool", "pooled", {at});
  if (pool == Pool::kMax) at = part->Node("GlobalMaxPool", "pooled", {at});
  if (rank == 4) {
    at = part->Node("Transpose", "hwc", {at}, {{"perm", kToChannelsLast}});
  }
  return part->Node("Flatten", "rows", {at}, {{"axis", {1}, false}});
}

OnnxValue PixelInput(const Backbone& backbone, int64_t batch) {
  const auto& o = backbone.options;
  return {kPixels, kOnnxUint8, {batch, o.input_height, o.input_width, 3}};
}

OnnxValue Output(const OnnxTail& tail, int64_t batch) {
  return {tail.output, kOnnxFloat, {batch, tail.k}};
}

Status CheckDim(int64_t found, const OnnxTail& tail) {
  if (found == tail.dim) return Status::OK();
  return Status::Invalid("the network gives rows of ", found, " numbers, the ",
                         tail.output == kReduced ? "reducer" : "head", " takes ",
                         tail.dim);
}

Result<std::string> FusedVgg16(const Backbone& backbone,
                               const image::Normalization& normalization,
                               const OnnxTail& tail, const OnnxMetadata& metadata) {
  const auto hwc = backbone.output_hwc().value();
  const bool pools = backbone.options.pool != Pool::kNone;
  ARROW_RETURN_NOT_OK(CheckDim(pools ? hwc[2] : hwc[0] * hwc[1] * hwc[2], tail));
  OnnxPart part;
  std::string at = Normalize(&part, normalization);
  at = Vgg16(&part, backbone, std::move(at));
  tail.add(&part, Flatten(&part, std::move(at), backbone.options.pool, 4));
  return OnnxModel(part, PixelInput(backbone, -1), Output(tail, -1), metadata);
}

// Dimensions of a tensor, as far as the file says them or the node that makes it.
Result<size_t> RankOf(const OnnxGraph& graph, const std::string& tensor) {
  static constexpr std::array<std::pair<std::string_view, size_t>, 6> kRanks = {
      {{"Flatten", 2},
       {"Gemm", 2},
       {"Conv", 4},
       {"MaxPool", 4},
       {"AveragePool", 4},
       {"GlobalAveragePool", 4}}};
  const auto makes = [&](const OnnxNode& node) {
    return std::count(node.outputs.begin(), node.outputs.end(), tensor) > 0;
  };
  const auto node = std::find_if(graph.nodes.begin(), graph.nodes.end(), makes);
  if (node == graph.nodes.end()) {
    return Status::Invalid("it has no tensor '", tensor, "'");
  }
  for (const OnnxInput& value : graph.values) {
    if (value.name == tensor && !value.dims.empty()) return value.dims.size();
  }
  for (const auto& [op, rank] : kRanks) {
    if (node->op_type == op) return rank;
  }
  return Status::Invalid("it does not say the shape of tensor '", tensor,
                         "'; save it with shapes (onnx.shape_inference.infer_shapes)");
}

Status CheckNames(const OnnxGraph& graph, const std::string& output) {
  std::vector<std::string> names = {graph.inputs.front().name};
  for (const OnnxNode& node : graph.nodes) {
    names.insert(names.end(), node.outputs.begin(), node.outputs.end());
  }
  for (const OnnxTensor& constant : graph.constants) names.push_back(constant.name);
  for (const std::string& name : names) {
    if (name == kPixels || name == output || name.starts_with(kPrefix)) {
      return Status::Invalid("it has a tensor '", name,
                             "', a name that the fused network needs: rename it");
    }
  }
  return Status::OK();
}

struct PictureSides {
  bool channels_first = true;
  int64_t batch = -1;
};

// The file must take the size: shapes inside it may stand on it.
Result<PictureSides> CheckInput(const OnnxInput& input, const BackboneOptions& options) {
  const auto& dims = input.dims;
  const bool first = dims[1] == 3 || dims[1] < 0;
  const int64_t height = dims[first ? 2 : 1];
  const int64_t width = dims[first ? 3 : 2];
  const auto fits = [](int64_t dim, int64_t wanted) { return dim < 0 || dim == wanted; };
  if (fits(height, options.input_height) && fits(width, options.input_width)) {
    return PictureSides{first, dims[0]};
  }
  return Status::Invalid("its input is fixed at ", height, "x", width,
                         ", the run used it at ", options.input_height, "x",
                         options.input_width, ": export the network with dynamic sides");
}

Result<std::string> FusedOnnx(const Backbone& backbone,
                              const image::Normalization& normalization,
                              const OnnxTail& tail, const OnnxMetadata& metadata) {
  ARROW_ASSIGN_OR_RAISE(const OnnxGraph graph, ReadOnnx(backbone.onnx_bytes));
  ARROW_RETURN_NOT_OK(CheckNames(graph, tail.output));
  if (graph.opset < kMinOpset) {
    return Status::Invalid("it is of operator set ", graph.opset, ", at least ",
                           kMinOpset, " is needed: convert it (onnx.version_converter)");
  }
  const BackboneOptions& o = backbone.options;
  const OnnxInput& input = graph.inputs.front();
  ARROW_ASSIGN_OR_RAISE(const PictureSides sides, CheckInput(input, o));
  ARROW_ASSIGN_OR_RAISE(const size_t rank, RankOf(graph, o.layer));
  OnnxPart before(kPrefix);
  std::string at = Normalize(&before, normalization);
  if (!sides.channels_first) {
    at = before.Node("Transpose", "rows_of_pixels", {at}, {{"perm", kToChannelsLast}});
  }
  if (input.data_type != kOnnxFloat) at = Cast(&before, "half", at, input.data_type);
  before.Name(at, input.name);
  OnnxPart after(kPrefix);
  at = Flatten(&after, o.layer, o.pool, rank);
  tail.add(&after, Cast(&after, "rows_float", at, kOnnxFloat));
  return OnnxModelAround(backbone.onnx_bytes, input.name, before, after,
                         PixelInput(backbone, sides.batch), Output(tail, sides.batch),
                         metadata);
}

}  // namespace

OnnxTail Ending(const LinearTail& tail) {
  return {tail.dim(), tail.k(), kReduced,
          [&tail](OnnxPart* part, const std::string& rows) {
            std::string at = rows;
            if (!tail.mean.empty()) {
              const std::string mean = part->Floats("mean", {tail.dim()}, tail.mean);
              at = part->Node("Sub", "centred", {at, mean});
            }
            const std::string scale = part->Floats("scale", {tail.dim()}, tail.scale);
            at = part->Node("Div", "scaled", {at, scale});
            const std::string components =
                part->Floats("components", {tail.dim(), tail.k()}, tail.weights);
            at = part->Node("MatMul", "reduced", {at, components});
            part->Name(at, kReduced);
          }};
}

std::string TailToOnnx(const OnnxTail& tail, const OnnxMetadata& metadata) {
  OnnxPart part;
  tail.add(&part, kFeatures);
  return OnnxModel(part, {kFeatures, kOnnxFloat, {-1, tail.dim}}, Output(tail, -1),
                   metadata);
}

Result<std::string> FusedToOnnx(const Backbone& backbone,
                                const image::Normalization& normalization,
                                const OnnxTail& tail, const OnnxMetadata& metadata) {
  if (Taps(backbone.options).size() > 1) {
    return Status::Invalid("network ", backbone.options.model,
                           " cannot be fused: its rows are of several layers (",
                           backbone.options.layer, ")");
  }
  auto bytes = backbone.is_onnx() ? FusedOnnx(backbone, normalization, tail, metadata)
                                  : FusedVgg16(backbone, normalization, tail, metadata);
  if (!bytes.ok()) {
    return bytes.status().WithMessage("network ", backbone.options.model,
                                      " cannot be fused: ", bytes.status().message());
  }
  if (bytes->size() > static_cast<size_t>(std::numeric_limits<int32_t>::max())) {
    return Status::Invalid("network ", backbone.options.model,
                           " cannot be fused: ", bytes->size(),
                           " bytes, ONNX files end at 2 GiB");
  }
  return bytes;
}

}  // namespace pomona::model
