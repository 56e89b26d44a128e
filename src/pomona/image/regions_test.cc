// SPDX-License-Identifier: Apache-2.0
// Against NumPy and SciPy: tests/golden/image/make_regions.py.
#include "pomona/image/regions.h"

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include <gtest/gtest.h>

#include "pomona/base/safetensors.h"
#include "pomona/image/ground.h"
#include "pomona/image/pieces.h"

namespace pomona::image {
namespace {

class RegionsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::ifstream file(POMONA_SOURCE_DIR "/tests/golden/image/regions.safetensors",
                       std::ios::binary);
    bytes_.assign(std::istreambuf_iterator<char>(file), {});
    golden_ = ParseSafetensors(bytes_).ValueOrDie();
  }
  Image Picture(const std::string& name) const {
    const TensorView& tensor = golden_.tensors.at(name);
    return {tensor.shape[1], tensor.shape[0], {tensor.data.begin(), tensor.data.end()}};
  }

  std::string bytes_;
  Safetensors golden_;
};

// Floats here, doubles there: pixels at the threshold may differ.
TEST_F(RegionsTest, FruitOnPlainGroundAgreesWithSciPy) {
  for (const char* name : {"apart", "touching", "three", "green"}) {
    const Ground ground = FindGround(Picture(std::string(name) + ".pixels"));
    EXPECT_TRUE(ground.plain) << name;
    const TensorView& want = golden_.tensors.at(std::string(name) + ".fruit");
    ASSERT_EQ(want.data.size(), ground.fruit.at.size());
    size_t differ = 0;
    for (size_t i = 0; i < want.data.size(); ++i) {
      if (static_cast<uint8_t>(want.data[i]) != ground.fruit.at[i]) ++differ;
    }
    EXPECT_LE(differ, 5U) << name;
  }
  EXPECT_FALSE(FindGround(Picture("bowl.pixels")).plain);
}

TEST_F(RegionsTest, BoxesAgreeWithSciPy) {
  for (const char* name : {"apart", "touching", "three", "green", "bowl"}) {
    const Image photo = Picture(std::string(name) + ".pixels");
    const auto found = Regions::Find(photo).ValueOrDie();
    const auto& regions = found.list();
    const TensorView& want = golden_.tensors.at(std::string(name) + ".boxes");
    const auto numbers = *want.ToFloat32();
    ASSERT_EQ(static_cast<size_t>(want.shape[0]) + 1, regions.size()) << name;
    EXPECT_EQ(regions[0].kind, RegionKind::kPhoto);
    EXPECT_EQ(regions[0].box.right, photo.width);
    for (size_t i = 1; i < regions.size(); ++i) {
      const Region& region = regions[i];
      const float* row = numbers.data() + (i - 1) * 5;
      EXPECT_EQ(static_cast<float>(region.kind), row[0]) << name << i;
      EXPECT_NEAR(static_cast<double>(region.box.left), row[1], 1) << name << i;
      EXPECT_NEAR(static_cast<double>(region.box.top), row[2], 1) << name << i;
      EXPECT_NEAR(static_cast<double>(region.box.right), row[3], 1) << name << i;
      EXPECT_NEAR(static_cast<double>(region.box.bottom), row[4], 1) << name << i;
      const bool piece = region.kind == RegionKind::kPiece;
      ASSERT_EQ(piece, region.parent > 0);
      if (piece) {
        EXPECT_EQ(regions[static_cast<size_t>(region.parent)].kind, RegionKind::kShape);
      }
    }
  }
}

TEST_F(RegionsTest, AShapeStandsByItselfOnWhite) {
  for (const char* name : {"apart", "touching", "three", "green"}) {
    const Image photo = Picture(std::string(name) + ".pixels");
    const auto regions = Regions::Find(photo).ValueOrDie();
    Image cut;
    ASSERT_TRUE(regions.Cut(1, &cut).ok());
    const Image want = Picture(std::string(name) + ".cut");
    ASSERT_EQ(want.width, cut.width) << name;
    ASSERT_EQ(want.height, cut.height) << name;
    int64_t differ = 0;
    for (size_t i = 0; i < want.pixels.size(); ++i) {
      if (std::abs(want.pixels[i] - cut.pixels[i]) > 1) ++differ;
    }
    EXPECT_LE(differ, 60) << name;  // some pixels of the rim
  }
}

TEST_F(RegionsTest, OutlinesGoAroundTheirBoxes) {
  const Image photo = Picture("apart.pixels");
  const auto found = Regions::Find(photo).ValueOrDie();
  for (const Region& region : found.list()) {
    if (region.kind == RegionKind::kPhoto) continue;
    ASSERT_GE(region.outline.size(), 8U);
    int64_t left = photo.width;
    int64_t right = 0;
    for (size_t i = 0; i < region.outline.size(); i += 2) {
      left = std::min(left, region.outline[i]);
      right = std::max(right, region.outline[i]);
    }
    EXPECT_NEAR(static_cast<double>(left), static_cast<double>(region.box.left), 1);
    EXPECT_NEAR(static_cast<double>(right), static_cast<double>(region.box.right), 1);
  }
}

double AreaOf(const std::vector<int64_t>& outline) {
  double twice = 0;
  for (size_t i = 0; i < outline.size(); i += 2) {
    const size_t next = (i + 2) % outline.size();
    twice += static_cast<double>(outline[i] * outline[next + 1] -
                                 outline[next] * outline[i + 1]);
  }
  return twice / 2;  // positive where clockwise, y going down
}

// A hole is no part of an outline; a pixel of slack at most.
TEST(Outline, IsClockwiseFromTopLeft) {
  Mask mask(90, 90);
  for (int64_t y = 10; y < 70; ++y) {
    for (int64_t x = 10; x < 70; ++x) mask(x, y) = y < 40 && x >= 40 ? 0 : 1;
  }
  const std::vector<int64_t> around = OutlineOf(mask);
  EXPECT_EQ(around[0], 10);
  EXPECT_EQ(around[1], 10);
  EXPECT_NEAR(AreaOf(around), 2700, 60);
  EXPECT_LE(around.size(), 16U);
  mask(30, 50) = 0;
  EXPECT_EQ(OutlineOf(mask), around);
  EXPECT_TRUE(OutlineOf(Mask(3, 3)).empty());
}

TEST(Distances, AreExact) {
  Mask mask(9, 7, 1);
  mask(4, 3) = 0;
  const auto distances = Distances(mask);
  EXPECT_FLOAT_EQ(distances(4, 3), 0);
  EXPECT_FLOAT_EQ(distances(0, 0), 1);  // the edge
  EXPECT_FLOAT_EQ(distances(3, 2), std::sqrt(2.0F));
  EXPECT_FLOAT_EQ(distances(6, 3), 2);
  EXPECT_FLOAT_EQ(distances(2, 2), std::sqrt(5.0F));
}

TEST(SplitAtNecks, PartsTwoDiscsAndLeavesOne) {
  Mask one(60, 30);
  for (int64_t y = 0; y < 30; ++y) {
    for (int64_t x = 0; x < 60; ++x) {
      const auto disc = [&](int64_t cx) {
        return (x - cx) * (x - cx) + (y - 15) * (y - 15) < 144;
      };
      one(x, y) = disc(16) || disc(38) ? 1 : 0;
    }
  }
  const auto pieces = SplitAtNecks(one, 3);
  ASSERT_EQ(pieces.size(), 2U);
  int64_t pixels = 0;
  for (size_t i = 0; i < one.at.size(); ++i) {
    EXPECT_EQ(one.at[i], pieces[0].at[i] + pieces[1].at[i]);
    pixels += one.at[i];
  }
  EXPECT_GT(pixels, 800);
  EXPECT_EQ(SplitAtNecks(pieces[0], 3).size(), 1U);
}

// Nothing to be found, nothing to divide by.
TEST(RegionsOfOddPhotos, HoldThePhotoItself) {
  for (const auto& [width, height] :
       {std::pair<int64_t, int64_t>{1, 1}, {1, 900}, {3000, 2}, {50, 50}, {20000, 40}}) {
    for (const uint8_t grey : {uint8_t{0}, uint8_t{255}}) {
      const Image photo{
          width, height,
          std::vector<uint8_t>(static_cast<size_t>(width * height * 3), grey)};
      const auto regions = Regions::Find(photo);
      ASSERT_TRUE(regions.ok()) << regions.status().ToString();
      EXPECT_EQ(regions->list().size(), 1U);
    }
  }
}

TEST(RegionsOfOddPhotos, WindowsAreBounded) {
  Image photo{20000, 300, {}};
  for (int64_t i = 0; i < photo.width * photo.height * 3; ++i) {
    photo.pixels.push_back(static_cast<uint8_t>((i * 7919) % 251));
  }
  const auto regions = Regions::Find(photo).ValueOrDie();
  EXPECT_LE(static_cast<int64_t>(regions.list().size()), kMaxWindows + 1);
  Image cut;
  for (size_t i = 0; i < regions.list().size(); ++i) {
    const Bounds& box = regions.list()[i].box;
    EXPECT_LE(box.right, photo.width);
    EXPECT_LE(box.bottom, photo.height);
    ASSERT_TRUE(regions.Cut(i, &cut).ok());
  }
}

}  // namespace
}  // namespace pomona::image
