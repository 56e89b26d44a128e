// SPDX-License-Identifier: Apache-2.0
#include "pomona/engine/native/layer_plan.h"

#include <algorithm>
#include <limits>

namespace pomona::engine::native {
namespace {

struct TileRule {
  Tile tile;
  const char* refused;  // "": it may be
};

// In the order in which they are looked at. In bf16 VGG16's rows of photos have a cosine
// of 0.9999 with the last two and of 0.998 with the first, whatever its points
// (docs/numerics.md).
const std::vector<TileRule>& Rules(Precision precision) {
  static const std::vector<TileRule> f32 = {
      {Tile::kF6, ""}, {Tile::kF4, ""}, {Tile::kF2, ""}};
  static const std::vector<TileRule> bf16 = {
      {Tile::kF6, "loses too much in bf16"},
      {Tile::kF4, "loses twice as much in bf16 as on the points of the next"},
      {Tile::kF4Even, ""},
      {Tile::kF2, ""}};
  return precision == Precision::kBf16 ? bf16 : f32;
}

// Pictures that ChooseTile counts on to share a layer's weights, by the input size alone:
// a tile may not depend on the batch. 12 of 100x100 lie between a batch (32), for which
// larger tiles everywhere would be 6 % faster, and one picture, which would wait for
// 420 MB of weights.
int64_t PicturesTogether(int64_t height, int64_t width) {
  return std::clamp<int64_t>(int64_t{12} * 10'000 / (height * width), 1, 64);
}

double Cycles(const ConvShape& shape, Tile tile, int64_t pictures, Precision precision) {
  // Cycles of a core, measured on a Zen 5 with AVX-512: a multiply-add at 0.9 of the
  // peak, a number through a transform and its way to memory, and a weight from memory
  // that two cores share. In bf16 products are 1.85 times as fast and weights half as
  // large.
  const bool bf16 = precision == Precision::kBf16;
  const double product = bf16 ? 0.019 : 0.035;
  const double weight = bf16 ? 0.4 : 0.8;
  constexpr double kTransform = 0.6;
  const auto ic = static_cast<double>(shape.ic_padded());
  const auto oc = static_cast<double>(shape.oc_padded());
  const auto tiles = static_cast<double>(Tiling(shape, tile).count());
  const auto points = static_cast<double>(TilePoints(tile));
  return points * (tiles * (product * ic * oc + kTransform * (ic + oc)) +
                   weight * ic * oc / static_cast<double>(pictures));
}

std::string TileName(Tile tile, Precision precision) {
  const std::string m = std::to_string(TileOut(tile));
  return "Winograd F(" + m + "x" + m + ", 3x3)" +
         (tile == Tile::kF4Even ? " on 2/3 and 3/2" : "") +
         (precision == Precision::kBf16 ? ", bf16 products" : "");
}

LayerPlan PlanConv(const std::string& name, const ConvShape& shape, bool first,
                   int64_t pictures, Precision precision) {
  LayerPlan plan;
  plan.name = name;
  plan.conv = shape;
  plan.candidates.push_back(
      {"direct", first ? "" : "needs 2 to 5 times as many products", 0});
  if (!first) plan.tile = ChooseTile(shape, pictures, precision);
  for (const TileRule& rule : Rules(precision)) {
    Candidate candidate{TileName(rule.tile, precision),
                        first ? "the picture has too few channels" : rule.refused, 0};
    if (candidate.refused.empty()) {
      candidate.cycles = Cycles(shape, rule.tile, pictures, precision);
    }
    if (plan.tile == rule.tile) plan.chosen = plan.candidates.size();
    plan.candidates.push_back(candidate);
  }
  return plan;
}

}  // namespace

Tile ChooseTile(const ConvShape& shape, int64_t pictures, Precision precision) {
  Tile best = Tile::kF2;
  double least = std::numeric_limits<double>::infinity();
  for (const TileRule& rule : Rules(precision)) {
    const double cycles = Cycles(shape, rule.tile, pictures, precision);
    if (*rule.refused != '\0' || cycles >= least) continue;
    best = rule.tile;
    least = cycles;
  }
  return best;
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
