// SPDX-License-Identifier: Apache-2.0
// What surrounds the fruit: backgrounds and light.
#include <algorithm>
#include <array>
#include <cmath>

#include "pomona/image/crop.h"
#include "pomona/image/preprocess.h"
#include "pomona/image/shelf.h"

namespace pomona::image::internal {
namespace {

constexpr int64_t kSide = Shelf::kSide;

using Colour = std::array<double, 3>;

uint8_t ToByte(double value) {
  return static_cast<uint8_t>(std::clamp(value, 0.0, 255.0));
}

// More grey, brown and green than the rest, as shops are.
Colour AnyColour(Dice* dice) {
  const double light = dice->Uniform(20, 235);
  const double pale = dice->Uniform(0, 1);
  Colour colour{};
  for (double& c : colour) {
    c = pale * light + (1 - pale) * dice->Uniform(0, 255);
  }
  return colour;
}

// Random colours on a coarse grid, stretched.
void Patches(Dice* dice, Image* to) {
  const int64_t cells = 2 + dice->Below(14);
  Image grid{cells, cells, {}};
  const std::array<Colour, 3> palette = {AnyColour(dice), AnyColour(dice),
                                         AnyColour(dice)};
  for (int64_t i = 0; i < cells * cells; ++i) {
    const Colour& colour = palette[static_cast<size_t>(dice->Below(3))];
    const double light = dice->Uniform(0.6, 1.2);
    for (const double c : colour) grid.pixels.push_back(ToByte(c * light));
  }
  const Filter filter = dice->Chance(0.3) ? Filter::kNearest : Filter::kBicubic;
  // A grid of 2 x 2 or more always fits.
  (void)Resize(grid, kSide, kSide, filter, to);
}

void Stripes(Dice* dice, Image* canvas) {
  const double width = dice->Uniform(6, 60);
  const double depth = dice->Uniform(0.1, 0.6);
  const double angle = dice->Uniform(0, 3.2);
  for (int64_t y = 0; y < kSide; ++y) {
    for (int64_t x = 0; x < kSide; ++x) {
      const double along = static_cast<double>(x) * std::cos(angle) +
                           static_cast<double>(y) * std::sin(angle);
      const double gain = 1 - depth * (std::sin(along * 6.283 / width) > 0 ? 1 : 0);
      uint8_t* pixel = canvas->pixels.data() + (y * kSide + x) * 3;
      for (int c = 0; c < 3; ++c) pixel[c] = ToByte(pixel[c] * gain);
    }
  }
}

// A mean of three neighbours, across and down.
void Blur(Image* picture) {
  for (const int64_t step : {int64_t{3}, kSide * 3}) {
    const std::vector<uint8_t> from = picture->pixels;
    const auto size = static_cast<int64_t>(from.size());
    for (int64_t i = step; i < size - step; ++i) {
      const int sum = from[static_cast<size_t>(i - step)] +
                      from[static_cast<size_t>(i)] * 2 +
                      from[static_cast<size_t>(i + step)];
      picture->pixels[static_cast<size_t>(i)] = static_cast<uint8_t>((sum + 2) / 4);
    }
  }
}

void Mirror(Image* picture) {
  for (int64_t y = 0; y < picture->height; ++y) {
    uint8_t* row = picture->pixels.data() + y * picture->width * 3;
    for (int64_t x = 0; x < picture->width / 2; ++x) {
      std::swap_ranges(row + x * 3, row + x * 3 + 3, row + (picture->width - 1 - x) * 3);
    }
  }
}

}  // namespace

Image DrawnBackground(Dice* dice) {
  Image canvas{kSide, kSide, {}};
  if (dice->Chance(0.25)) {
    const Colour colour = AnyColour(dice);
    for (int64_t i = 0; i < kSide * kSide; ++i) {
      for (const double c : colour) canvas.pixels.push_back(ToByte(c));
    }
  } else {
    Patches(dice, &canvas);
  }
  if (dice->Chance(0.4)) Stripes(dice, &canvas);
  return canvas;
}

Status CroppedBackground(const Image& from, Dice* dice, Image* to) {
  const int64_t shorter = std::min(from.width, from.height);
  const auto wanted =
      static_cast<int64_t>(static_cast<double>(shorter) * dice->Uniform(0.4, 1));
  const int64_t side = std::max<int64_t>(1, wanted);
  const int64_t left = dice->Below(from.width - side + 1);
  const int64_t top = dice->Below(from.height - side + 1);
  Image crop;
  Crop(from, {left, top, left + side, top + side}, &crop);
  return Resize(crop, kSide, kSide, Filter::kBilinear, to);
}

void LightAnew(Dice* dice, Image* picture) {
  if (dice->Chance(0.5)) Mirror(picture);
  const double gamma = dice->Uniform(0.75, 1.35);
  const double gain = dice->Uniform(0.7, 1.2);
  Colour warmth{};
  for (double& c : warmth) c = gain * dice->Uniform(0.88, 1.12);
  const double slope_x = dice->Uniform(-0.3, 0.3);
  const double slope_y = dice->Uniform(-0.3, 0.3);
  const double grain = dice->Uniform(0, 8);
  const int64_t blurs = dice->Below(4);
  std::array<double, 256> curve{};
  for (size_t v = 0; v < curve.size(); ++v) {
    curve[v] = 255 * std::pow(static_cast<double>(v) / 255, gamma);
  }
  for (int64_t i = 0; i < blurs; ++i) Blur(picture);
  for (int64_t y = 0; y < kSide; ++y) {
    for (int64_t x = 0; x < kSide; ++x) {
      const double shadow = 1 + slope_x * (static_cast<double>(x) / kSide - 0.5) +
                            slope_y * (static_cast<double>(y) / kSide - 0.5);
      const double noise = dice->Uniform(-grain, grain);
      uint8_t* pixel = picture->pixels.data() + (y * kSide + x) * 3;
      for (size_t c = 0; c < 3; ++c) {
        pixel[c] = ToByte(curve[pixel[c]] * warmth[c] * shadow + noise);
      }
    }
  }
}

}  // namespace pomona::image::internal
