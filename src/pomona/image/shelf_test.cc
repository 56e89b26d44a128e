// SPDX-License-Identifier: Apache-2.0
#include "pomona/image/shelf.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace pomona::image {
namespace {

Image Plain(int64_t side, uint8_t r, uint8_t g, uint8_t b) {
  Image image{side, side, std::vector<uint8_t>(static_cast<size_t>(side * side * 3), r)};
  for (size_t i = 0; i < image.pixels.size(); i += 3) {
    image.pixels[i + 1] = g;
    image.pixels[i + 2] = b;
  }
  return image;
}

// A red disc on white.
Image Disc(int64_t side) {
  Image image = Plain(side, 255, 255, 255);
  for (int64_t y = 0; y < side; ++y) {
    for (int64_t x = 0; x < side; ++x) {
      const int64_t dx = 2 * x - side;
      const int64_t dy = 2 * y - side;
      if (dx * dx + dy * dy > side * side * 4 / 5) continue;
      uint8_t* pixel = image.pixels.data() + (y * side + x) * 3;
      pixel[0] = 200;
      pixel[1] = pixel[2] = 10;
    }
  }
  return image;
}

Image Shelved(const Shelf& shelf, const std::string& key, Image picture) {
  EXPECT_TRUE(shelf.Apply(key, &picture).ok());
  return picture;
}

double Share(const Image& image, bool (*is)(const uint8_t*)) {
  int64_t count = 0;
  for (size_t i = 0; i < image.pixels.size(); i += 3) count += is(&image.pixels[i]);
  return static_cast<double>(count) / static_cast<double>(image.width * image.height);
}

bool IsRed(const uint8_t* p) { return p[0] > 60 && p[1] < p[0] / 2 && p[2] < p[0] / 2; }
bool IsWhite(const uint8_t* p) { return std::min({p[0], p[1], p[2]}) > 245; }
bool IsBlue(const uint8_t* p) { return p[2] > 60 && p[0] < p[2] / 2; }

TEST(Shelf, FollowsFromSeedAndKeyAlone) {
  const Shelf shelf(7);
  const Image first = Shelved(shelf, "a.jpg 0", Disc(100));
  EXPECT_EQ(first.width, Shelf::kSide);
  EXPECT_EQ(first.pixels.size(), static_cast<size_t>(Shelf::kSide * Shelf::kSide * 3));
  EXPECT_EQ(Shelved(shelf, "a.jpg 0", Disc(100)).pixels, first.pixels);
  EXPECT_NE(Shelved(shelf, "a.jpg 1", Disc(100)).pixels, first.pixels);
  EXPECT_NE(Shelved(Shelf(8), "a.jpg 0", Disc(100)).pixels, first.pixels);
}

TEST(Shelf, TakesTheFruitAndLeavesTheBackground) {
  const Shelf shelf(1, {Plain(40, 10, 20, 200)});
  for (int i = 0; i < 40; ++i) {
    const Image made = Shelved(shelf, std::to_string(i), Disc(100));
    EXPECT_GT(Share(made, IsRed), 0.04) << i;
    EXPECT_EQ(Share(made, IsWhite), 0) << i;  // nor a fringe of it
    const bool covered = Share(made, IsRed) > 0.7;
    EXPECT_TRUE(covered || Share(made, IsBlue) > 0.1) << i;
  }
}

TEST(Shelf, DrawsBackgroundsOfManyColours) {
  const Shelf shelf(1);
  double least = 255;
  double most = 0;
  for (int i = 0; i < 30; ++i) {
    const Image made = Shelved(shelf, std::to_string(i), Disc(100));
    least = std::min(least, static_cast<double>(made.pixels[1]));
    most = std::max(most, static_cast<double>(made.pixels[1]));
  }
  EXPECT_LT(least, 60);
  EXPECT_GT(most, 150);
}

TEST(Shelf, LightsPhotosAnewThatCannotBeCut) {
  Image photo{};
  Dice dice(3);
  photo = internal::DrawnBackground(&dice);
  for (size_t i = 0; i < photo.pixels.size(); ++i) {
    photo.pixels[i] = static_cast<uint8_t>(dice.Below(256));
  }
  const Image made = Shelved(Shelf(1), "p", photo);
  EXPECT_EQ(made.width, Shelf::kSide);
  EXPECT_NE(made.pixels, photo.pixels);
  // The smallest there is.
  EXPECT_EQ(Shelved(Shelf(1), "p", Plain(1, 9, 9, 9)).height, Shelf::kSide);
}

TEST(Dice, AreSplitMix64) {
  Dice dice(1234567);  // the first numbers of the reference implementation
  EXPECT_EQ(dice.Next(), 6457827717110365317U);
  EXPECT_EQ(dice.Next(), 3203168211198807973U);
  for (int i = 0; i < 1000; ++i) {
    const double x = dice.Uniform(-1, 2);
    EXPECT_TRUE(x >= -1 && x < 2);
    EXPECT_LT(dice.Below(3), 3);
  }
}

}  // namespace
}  // namespace pomona::image
