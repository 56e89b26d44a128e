// SPDX-License-Identifier: Apache-2.0
// Keras names ("block1_conv1.kernel", also with '/', ":0", a model's name before it) or
// torchvision's ("features.0.weight").
#include <map>

#include "pomona/base/safetensors.h"
#include "pomona/model/weights.h"

namespace pomona::model {
namespace {

// "features.2" -> "block1_conv2": torchvision counts convolutions, ReLUs and pools.
using Names = std::map<std::string, std::string, std::less<>>;
Names TorchvisionNames(const std::vector<Layer>& layers) {
  Names names;
  int index = 0;
  for (const Layer& layer : layers) {
    const bool conv = layer.kind == LayerKind::kConv3x3Relu;
    if (conv) names["features." + std::to_string(index)] = layer.name;
    index += conv ? 2 : 1;
  }
  return names;
}

enum class Part { kNone, kWei, kBia };

struct ParsedName {
  std::string layer;
  Part part = Part::kNone;
};

// "vgg16/block1_conv1/kernel:0" -> block1_conv1, kWei.
ParsedName ParseName(std::string_view name, const Names& torchvision) {
  if (name.ends_with(":0")) name.remove_suffix(2);
  const size_t cut = name.find_last_of("./");
  if (cut == std::string_view::npos) return {};
  const std::string_view part = name.substr(cut + 1);
  std::string_view layer = name.substr(0, cut);
  if (const auto at = torchvision.find(layer); at != torchvision.end()) {
    layer = at->second;
  }
  if (const size_t before = layer.find_last_of('/'); before != std::string_view::npos) {
    layer.remove_prefix(before + 1);
  }
  if (const size_t before = layer.find_last_of('.');
      before != std::string_view::npos && !layer.starts_with("features")) {
    layer.remove_prefix(before + 1);
  }
  const bool wei = part == "kernel" || part == "weight";
  return {std::string(layer), wei              ? Part::kWei
                              : part == "bias" ? Part::kBia
                                               : Part::kNone};
}

}  // namespace

Result<std::vector<FileConv>> ReadSafetensorsConvs(std::string_view bytes,
                                                   std::string_view model) {
  const Names torchvision = TorchvisionNames(*VggLayers(model));
  ARROW_ASSIGN_OR_RAISE(const Safetensors file, ParseSafetensors(bytes));
  std::map<std::string, FileConv> convs;
  for (const auto& [name, tensor] : file.tensors) {
    const ParsedName parsed = ParseName(name, torchvision);
    if (parsed.part == Part::kNone || !parsed.layer.starts_with("block")) continue;
    FileConv& conv = convs[parsed.layer];
    conv.name = parsed.layer;
    FileTensor& slot = parsed.part == Part::kWei ? conv.wei : conv.bia;
    if (slot.read) {
      return Status::Invalid("layer ", parsed.layer, " comes twice: '", slot.name,
                             "' and '", name, "'");
    }
    slot = {name, tensor.shape, [tensor = tensor] { return tensor.ToFloat32(); }};
  }
  if (convs.empty()) {
    return Status::Invalid("none of its ", file.tensors.size(),
                           " tensors has a name of Keras ('block1_conv1.kernel') or "
                           "torchvision ('features.0.weight')");
  }
  std::vector<FileConv> found;
  for (auto& [name, conv] : convs) found.push_back(std::move(conv));
  return found;
}

}  // namespace pomona::model
