// SPDX-License-Identifier: Apache-2.0
#include "pomona/engine/native/layer_plan.h"

#include <algorithm>
#include <array>

namespace pomona::engine::native {
namespace {

constexpr std::array<Tile, 3> kAllTiles = {Tile::kF6, Tile::kF4, Tile::kF2};  // in f32

// Pictures that ChooseTile counts on to share a layer's weights, by the input size alone:
// a tile may not depend on the batch. 12 of 100x100 lie between a batch (32), for which
// larger tiles everywhere would be 6 % faster, and one picture, which would wait for
// 420 MB of weights.
int64_t PicturesTogether(int64_t height, int64_t width) {
  return std::clamp<int64_t>(int64_t{12} * 10'000 / (height * width), 1, 64);
}

double Cycles(const ConvShape& shape, Tile tile, int64_t pictures) {
  // Cycles of a core, measured on a Zen 5 with AVX-512: a multiply-add at 0.9 of the
  // peak, a number through a transform and its way to memory, and a weight from memory
  // that two cores share.
  constexpr double kProduct = 0.035;
  constexpr double kTransform = 0.6;
  constexpr double kWeight = 0.8;
  const auto ic = static_cast<double>(shape.ic_padded());
  const auto oc = static_cast<double>(shape.oc_padded());
  const auto tiles = static_cast<double>(Tiling(shape, tile).count());
  const auto points = static_cast<double>(TilePoints(tile));
  return points * (tiles * (kProduct * ic * oc + kTransform * (ic + oc)) +
                   kWeight * ic * oc / static_cast<double>(pictures));
}

std::string TileName(Tile tile) {
  const std::string m = std::to_string(TileOut(tile));
  return "Winograd F(" + m + "x" + m + ", 3x3)" +
         (tile == Tile::kF4Even ? ", bf16 products" : "");
}

// In bf16 there is one: VGG16's rows of photos have a cosine of 0.9998 with it and of
// 0.998 with the greater tile, whatever its points (docs/numerics.md).
LayerPlan PlanBf16(LayerPlan plan) {
  plan.tile = Tile::kF4Even;
  plan.candidates = {
      {"direct", "needs 4 times as many products", 0},
      {TileName(Tile::kF6), "loses too much in bf16", 0},
      {TileName(Tile::kF4), "loses twice as much as on the points of the next", 0},
      {TileName(Tile::kF4Even), "", 0},
      {TileName(Tile::kF2), "needs 1.8 times as many products", 0}};
  plan.chosen = 3;
  return plan;
}

LayerPlan PlanConv(const std::string& name, const ConvShape& shape, bool first,
                   int64_t pictures, Precision precision) {
  LayerPlan plan;
  plan.name = name;
  plan.conv = shape;
  if (precision == Precision::kBf16 && !first) return PlanBf16(std::move(plan));
  plan.candidates.push_back(
      {"direct", first ? "" : "needs 2 to 5 times as many products", 0});
  for (const Tile tile : kAllTiles) {
    Candidate candidate{TileName(tile), first ? "the picture has too few channels" : "",
                        0};
    if (!first) candidate.cycles = Cycles(shape, tile, pictures);
    plan.candidates.push_back(candidate);
  }
  if (first) return plan;
  plan.tile = ChooseTile(shape, pictures);
  const auto at = std::find(kAllTiles.begin(), kAllTiles.end(), *plan.tile);
  plan.chosen = static_cast<size_t>(at - kAllTiles.begin()) + 1;
  return plan;
}

}  // namespace

Tile ChooseTile(const ConvShape& shape, int64_t pictures) {
  return *std::min_element(kAllTiles.begin(), kAllTiles.end(), [&](Tile a, Tile b) {
    return Cycles(shape, a, pictures) < Cycles(shape, b, pictures);
  });
}

std::vector<LayerPlan> PlanLayers(const model::Backbone& backbone, Precision precision) {
  const std::vector<model::Layer>& layers = backbone.layers;
  int64_t height = backbone.options.input_height;
  int64_t width = backbone.options.input_width;
  const int64_t pictures = PicturesTogether(height, width);
  std::vector<LayerPlan> plans;
  for (size_t i = 0; i < layers.size(); ++i) {
    if (layers[i].kind == model::LayerKind::kMaxPool2x2) {
      plans.push_back({layers[i].name, {}, {}, {{"max-pooling", "", 0}}, 0});
      height /= 2;
      width /= 2;
      continue;
    }
    ConvShape shape{layers[i].in_channels, layers[i].out_channels, height, width};
    // Winograd takes a pool along; the first layer is direct.
    const bool first = plans.empty();
    shape.pool = !first && i + 1 < layers.size() &&
                 layers[i + 1].kind == model::LayerKind::kMaxPool2x2;
    plans.push_back(PlanConv(layers[i].name, shape, first, pictures, precision));
    if (shape.pool) plans.back().name += " + " + layers[++i].name;
    height = shape.dst_height();
    width = shape.dst_width();
  }
  return plans;
}

}  // namespace pomona::engine::native
