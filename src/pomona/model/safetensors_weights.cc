// SPDX-License-Identifier: Apache-2.0
// Keras names ("block1_conv1.kernel", also with '/', ":0", a model's name before it) or
// torchvision's ("features.0.weight").
#include <array>
#include <utility>

#include "pomona/base/safetensors.h"
#include "pomona/model/weights.h"

namespace pomona::model {
namespace {

// The index of each convolution of VGG16 in torchvision's `features`.
constexpr std::array<std::pair<std::string_view, std::string_view>, 13> kTorchvision = {
    {{"features.0", "block1_conv1"},
     {"features.2", "block1_conv2"},
     {"features.5", "block2_conv1"},
     {"features.7", "block2_conv2"},
     {"features.10", "block3_conv1"},
     {"features.12", "block3_conv2"},
     {"features.14", "block3_conv3"},
     {"features.17", "block4_conv1"},
     {"features.19", "block4_conv2"},
     {"features.21", "block4_conv3"},
     {"features.24", "block5_conv1"},
     {"features.26", "block5_conv2"},
     {"features.28", "block5_conv3"}}};

enum class Part { kNone, kWei, kBia };

struct ParsedName {
  std::string layer;
  Part part = Part::kNone;
};

// "vgg16/block1_conv1/kernel:0" -> block1_conv1, kWei.
ParsedName ParseName(std::string_view name) {
  if (name.ends_with(":0")) name.remove_suffix(2);
  const size_t cut = name.find_last_of("./");
  if (cut == std::string_view::npos) return {};
  const std::string_view part = name.substr(cut + 1);
  std::string_view layer = name.substr(0, cut);
  for (const auto& [torch, keras] : kTorchvision) {
    if (layer == torch) layer = keras;
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

Result<std::vector<FileConv>> ReadSafetensorsConvs(std::string_view bytes) {
  ARROW_ASSIGN_OR_RAISE(const Safetensors file, ParseSafetensors(bytes));
  std::map<std::string, FileConv> convs;
  for (const auto& [name, tensor] : file.tensors) {
    const ParsedName parsed = ParseName(name);
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
