// SPDX-License-Identifier: Apache-2.0
#include "pomona/engine/native/layer_plan.h"

#include <gtest/gtest.h>

namespace pomona::engine::native {
namespace {

std::vector<LayerPlan> Plan(int64_t size, const std::string& layer = "") {
  model::BackboneOptions options;
  options.weights = "none";
  options.input_width = options.input_height = size;
  options.layer = layer;
  return PlanLayers(model::LoadBackbone(options).ValueOrDie());
}

TEST(ChooseTile, DependsOnTheShapeAndMemory) {
  const ConvShape early{64, 64, 100, 100, true};
  const ConvShape late{512, 512, 6, 6, false};
  EXPECT_EQ(ChooseTile(early, 32), Tile::kF6);
  EXPECT_EQ(ChooseTile(early, 1), Tile::kF6);
  EXPECT_EQ(ChooseTile(late, 64), Tile::kF6);
  // One picture would wait for 67 MB of weights.
  EXPECT_EQ(ChooseTile(late, 1), Tile::kF2);
}

TEST(PlanLayers, Vgg16At100x100) {
  const std::vector<LayerPlan> plans = Plan(100);
  ASSERT_EQ(plans.size(), 13U);  // pools go along
  EXPECT_FALSE(plans[0].tile);
  EXPECT_EQ(plans[1].name, "block1_conv2 + block1_pool");
  EXPECT_EQ(plans[12].name, "block5_conv3 + block5_pool");
  EXPECT_EQ(plans[12].conv->height, 6);
  for (const LayerPlan& plan : plans) {
    ASSERT_EQ(plan.candidates.size(), 4U) << plan.name;
    EXPECT_EQ(plan.candidates[plan.chosen].refused, "") << plan.name;
    EXPECT_EQ(plan.chosen == 0, !plan.tile) << plan.name;
  }
  EXPECT_EQ(plans[1].candidates[plans[1].chosen].name, "Winograd F(6x6, 3x3)");
  EXPECT_NE(plans[1].candidates[0].refused, "");
}

TEST(PlanLayers, InBf16TilesThatLoseTooMuchAreRefused) {
  model::BackboneOptions options;
  options.weights = "none";
  const auto backbone = model::LoadBackbone(options).ValueOrDie();
  const std::vector<LayerPlan> plans = PlanLayers(backbone, Precision::kBf16);
  ASSERT_EQ(plans.size(), 13U);
  EXPECT_FALSE(plans[0].tile);
  for (size_t i = 1; i < plans.size(); ++i) {
    // Four tiles of 4 x 4 or nine of 2 x 2 cover 6 x 6: as many products, fewer weights.
    EXPECT_EQ(plans[i].tile, i < 10 ? Tile::kF4Even : Tile::kF2) << plans[i].name;
    ASSERT_EQ(plans[i].candidates.size(), 5U);
    EXPECT_NE(plans[i].candidates[1].refused, "");  // F(6 x 6)
    EXPECT_NE(plans[i].candidates[2].refused, "");  // on the usual points
    EXPECT_EQ(plans[i].candidates[plans[i].chosen].refused, "");
  }
}

TEST(PlanLayers, SizesRoundDown) {
  const std::vector<LayerPlan> plans = Plan(101);
  EXPECT_EQ(plans[2].conv->height, 50);
  EXPECT_EQ(plans[4].conv->height, 25);
  EXPECT_EQ(plans[7].conv->height, 12);
}

TEST(PlanLayers, AnyLayerMayBeTheLast) {
  EXPECT_EQ(Plan(32, "block1_conv1").size(), 1U);
  EXPECT_EQ(Plan(32, "block1_conv2").back().name, "block1_conv2");
  EXPECT_FALSE(Plan(32, "block1_conv2").back().conv->pool);
  EXPECT_TRUE(Plan(32, "block1_pool").back().conv->pool);
}

}  // namespace
}  // namespace pomona::engine::native
