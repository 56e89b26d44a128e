// SPDX-License-Identifier: Apache-2.0
// VGG11, 13, 16 and 19: Simonyan and Zisserman, arXiv:1409.1556, table 1, columns A, B, D
// and E, without their tops.
#include <algorithm>
#include <array>

#include "pomona/model/backbone.h"

namespace pomona::model {
namespace {

constexpr int64_t kBlocks = 5;
constexpr std::array<int64_t, kBlocks> kChannels = {64, 128, 256, 512, 512};

struct Vgg {
  std::string_view name;
  std::array<int64_t, kBlocks> convs;  // of each block
};
constexpr std::array<Vgg, 4> kVggs = {{{"vgg11", {1, 1, 2, 2, 2}},
                                       {"vgg13", {2, 2, 2, 2, 2}},
                                       {"vgg16", {2, 2, 3, 3, 3}},
                                       {"vgg19", {2, 2, 4, 4, 4}}}};

std::vector<Layer> MakeLayers(const Vgg& vgg) {
  std::vector<Layer> layers;
  int64_t in = 3;
  for (size_t b = 0; b < kBlocks; ++b) {
    const std::string block = "block" + std::to_string(b + 1);
    const int64_t out = kChannels[b];
    for (int64_t i = 1; i <= vgg.convs[b]; ++i, in = out) {
      layers.push_back(
          {block + "_conv" + std::to_string(i), LayerKind::kConv3x3Relu, in, out});
    }
    layers.push_back({block + "_pool", LayerKind::kMaxPool2x2, out, out});
  }
  return layers;
}

}  // namespace

int64_t Layer::num_parameters() const {
  if (kind != LayerKind::kConv3x3Relu) return 0;
  return 9 * in_channels * out_channels + out_channels;
}

const std::vector<Layer>* VggLayers(std::string_view model) {
  static const std::array<std::vector<Layer>, kVggs.size()> layers = {
      MakeLayers(kVggs[0]), MakeLayers(kVggs[1]), MakeLayers(kVggs[2]),
      MakeLayers(kVggs[3])};
  const auto at = std::find_if(kVggs.begin(), kVggs.end(),
                               [model](const Vgg& vgg) { return vgg.name == model; });
  return at == kVggs.end() ? nullptr : &layers[static_cast<size_t>(at - kVggs.begin())];
}

const std::vector<Layer>& Vgg16Layers() { return *VggLayers("vgg16"); }

bool IsNamedModel(std::string_view model) {
  return model == "lite0" || VggLayers(model) != nullptr;
}

std::string ModelTitle(std::string_view model) {
  std::string title(model);
  if (title.starts_with("vgg")) title.replace(0, 3, "VGG");
  return title;
}

}  // namespace pomona::model
