// SPDX-License-Identifier: Apache-2.0
#include "pomona/image/shelf.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "pomona/base/hash.h"
#include "pomona/image/colour.h"
#include "pomona/image/grid.h"
#include "pomona/image/preprocess.h"

namespace pomona::image {
namespace {

constexpr int64_t kSide = Shelf::kSide;
constexpr int64_t kMostOfFrame = 160;  // pixels of a frame's longer side that are used

// The fruit with how opaque each pixel is, 0 to 1.
struct CutOut {
  Image picture;
  std::vector<float> alpha;
  double centre_x = 0;
  double centre_y = 0;
  double radius = 1;  // half the longer side of its box
};

// The sum of each pixel's 3 x 3 neighbours, itself among them.
std::vector<uint8_t> NearSums(const std::vector<uint8_t>& of, int64_t width,
                              int64_t height) {
  std::vector<uint8_t> sums(of.size());
  for (int64_t y = 0; y < height; ++y) {
    for (int64_t x = 0; x < width; ++x) {
      int sum = 0;
      for (int64_t v = std::max<int64_t>(0, y - 1); v <= std::min(height - 1, y + 1);
           ++v) {
        for (int64_t u = std::max<int64_t>(0, x - 1); u <= std::min(width - 1, x + 1);
             ++u) {
          sum += of[static_cast<size_t>(v * width + u)];
        }
      }
      sums[static_cast<size_t>(y * width + x)] = static_cast<uint8_t>(sum);
    }
  }
  return sums;
}

// Opacity with a soft edge, without the fringe where the old background shines through.
std::vector<float> Softened(const FruitMask& mask, int64_t width, int64_t height) {
  std::vector<uint8_t> core = NearSums(mask.fruit, width, height);
  for (uint8_t& sum : core) sum = sum == 9 ? 1 : 0;
  std::vector<float> alpha;
  for (const uint8_t sum : NearSums(core, width, height)) {
    alpha.push_back(sum <= 3 ? 0.0F : static_cast<float>(sum - 3) / 6.0F);
  }
  return alpha;
}

// False where there is no plain background to cut the fruit from.
bool Cut(const Image& frame, CutOut* out) {
  const FruitMask mask = FindFruit(frame);
  if (!mask.plain) return false;
  Mask fruit(frame.width, frame.height);
  fruit.at = mask.fruit;
  const Bounds box = BoundsOf(fruit);
  out->alpha = Softened(mask, frame.width, frame.height);
  out->picture = frame;
  out->centre_x = static_cast<double>(box.left + box.right - 1) / 2;
  out->centre_y = static_cast<double>(box.top + box.bottom - 1) / 2;
  out->radius =
      std::max(1.0, static_cast<double>(std::max(box.width(), box.height()) - 1) / 2);
  return true;
}

// Where a copy lies on the canvas.
struct Place {
  double x, y, radius, angle, light;
  bool mirror;
};

// The cut-out at a place that is no whole pixel: red, green, blue, opacity.
struct Sample {
  double rgb[3];
  double alpha;
};

Sample SampleAt(const CutOut& fruit, double x, double y) {
  Sample sample{{0, 0, 0}, 0};
  const auto left = static_cast<int64_t>(std::floor(x));
  const auto top = static_cast<int64_t>(std::floor(y));
  const Image& from = fruit.picture;
  for (int64_t corner = 0; corner < 4; ++corner) {
    const int64_t u = left + corner % 2;
    const int64_t v = top + corner / 2;
    if (u < 0 || v < 0 || u >= from.width || v >= from.height) continue;
    const double weight = (1 - std::abs(x - static_cast<double>(u))) *
                          (1 - std::abs(y - static_cast<double>(v)));
    const int64_t at = v * from.width + u;
    const double part = weight * fruit.alpha[static_cast<size_t>(at)];
    for (int c = 0; c < 3; ++c) {
      sample.rgb[c] += part * from.pixels[static_cast<size_t>(at * 3 + c)];
    }
    sample.alpha += part;
  }
  return sample;
}

// Lays the cut-out on the canvas.
void Paste(const CutOut& fruit, const Place& place, Image* canvas) {
  const double shrink = fruit.radius / place.radius;
  const double cosine = std::cos(place.angle) * shrink;
  const double sine = std::sin(place.angle) * shrink;
  const double reach = place.radius * std::numbers::sqrt2 + 1;
  const auto first = [](double at) {
    return std::max<int64_t>(0, static_cast<int64_t>(std::floor(at)));
  };
  const auto last = [](double at) {
    return std::min<int64_t>(kSide - 1, static_cast<int64_t>(std::ceil(at)));
  };
  for (int64_t y = first(place.y - reach); y <= last(place.y + reach); ++y) {
    for (int64_t x = first(place.x - reach); x <= last(place.x + reach); ++x) {
      const double dx = (static_cast<double>(x) - place.x) * (place.mirror ? -1 : 1);
      const double dy = static_cast<double>(y) - place.y;
      const Sample sample = SampleAt(fruit, fruit.centre_x + dx * cosine - dy * sine,
                                     fruit.centre_y + dx * sine + dy * cosine);
      if (sample.alpha <= 0) continue;
      uint8_t* pixel = canvas->pixels.data() + (y * kSide + x) * 3;
      for (int c = 0; c < 3; ++c) {
        const double value = sample.rgb[c] * place.light + (1 - sample.alpha) * pixel[c];
        pixel[c] = static_cast<uint8_t>(std::clamp(value, 0.0, 255.0));
      }
    }
  }
}

Place OneAlone(Dice* dice) {
  const double radius = kSide * dice->Uniform(0.25, 0.55);
  return {kSide * dice->Uniform(0.35, 0.65),
          kSide * dice->Uniform(0.35, 0.65),
          radius,
          dice->Uniform(-0.6, 0.6),
          1,
          dice->Chance(0.5)};
}

// From the back to the front, as things are piled in a box.
void Pile(const CutOut& fruit, Dice* dice, Image* canvas) {
  const int64_t count = 3 + dice->Below(22);
  const double radius = kSide * dice->Uniform(0.12, 0.3);
  const double spread = dice->Uniform(0.25, 0.6);
  const bool turned = dice->Chance(0.5);
  for (int64_t i = 0; i < count; ++i) {
    const double depth = static_cast<double>(i) / static_cast<double>(count);
    Place place = {
        kSide * (0.5 + dice->Uniform(-spread, spread)),
        kSide * (0.5 + (2 * depth - 1) * spread),
        radius * dice->Uniform(0.85, 1.15),
        turned ? dice->Uniform(0, 2 * std::numbers::pi) : dice->Uniform(-0.4, 0.4),
        dice->Uniform(0.75, 1.05),
        dice->Chance(0.5)};
    Paste(fruit, place, canvas);
  }
}

Status Smaller(Image* picture) {
  const int64_t longer = std::max(picture->width, picture->height);
  if (longer <= kMostOfFrame) return Status::OK();
  const auto side = [&](int64_t own) {
    return std::max<int64_t>(1, own * kMostOfFrame / longer);
  };
  Image small;
  ARROW_RETURN_NOT_OK(Resize(*picture, side(picture->width), side(picture->height),
                             Filter::kBilinear, &small));
  *picture = std::move(small);
  return Status::OK();
}

}  // namespace

uint64_t Dice::Next() {
  uint64_t z = state_ += 0x9e3779b97f4a7c15U;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
  return z ^ (z >> 31);
}

double Dice::Uniform(double low, double high) {
  return low + (high - low) * (static_cast<double>(Next() >> 11) * 0x1p-53);
}

int64_t Dice::Below(int64_t n) {
  return static_cast<int64_t>(Next() % static_cast<uint64_t>(n));
}

Status Shelf::Apply(const std::string& key, Image* picture) const {
  const std::string digest = HexSha256(std::to_string(seed_) + "\n" + key);
  Dice dice(std::stoull(digest.substr(0, 16), nullptr, 16));
  Image small = *picture;
  ARROW_RETURN_NOT_OK(Smaller(&small));
  CutOut fruit;
  if (!Cut(small, &fruit)) {
    ARROW_RETURN_NOT_OK(Resize(*picture, kSide, kSide, Filter::kBilinear, &small));
    internal::LightAnew(&dice, &small);
    *picture = std::move(small);
    return Status::OK();
  }
  Image canvas;
  if (backgrounds_.empty()) {
    canvas = internal::DrawnBackground(&dice);
  } else {
    const auto which = dice.Below(static_cast<int64_t>(backgrounds_.size()));
    ARROW_RETURN_NOT_OK(internal::CroppedBackground(
        backgrounds_[static_cast<size_t>(which)], &dice, &canvas));
  }
  if (dice.Chance(0.4)) {
    Paste(fruit, OneAlone(&dice), &canvas);
  } else {
    Pile(fruit, &dice, &canvas);
  }
  internal::LightAnew(&dice, &canvas);
  *picture = std::move(canvas);
  return Status::OK();
}

}  // namespace pomona::image
