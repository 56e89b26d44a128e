// SPDX-License-Identifier: Apache-2.0
// Frames of fruit on a plain background, made to look more like photos from shops: the
// fruit is cut out and lies, alone or in a pile of itself, on another background, in
// another light. What teaches a head to look past the background.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "pomona/base/status.h"
#include "pomona/image/image.h"

namespace pomona::image {

// A stream of numbers that follows from its seed (SplitMix64): the same everywhere.
class Dice {
 public:
  explicit Dice(uint64_t seed) : state_(seed) {}
  uint64_t Next();
  double Uniform(double low, double high);  // low <= x < high
  int64_t Below(int64_t n);                 // 0 to n - 1
  bool Chance(double p) { return Uniform(0, 1) < p; }

 private:
  uint64_t state_;
};

// Thread-safe: what becomes of a picture follows from it, the key and the seed alone.
class Shelf {
 public:
  static constexpr int64_t kSide = 224;  // of the pictures it makes

  // Backgrounds: pictures of any size, of which crops are taken; none: they are drawn
  // (soft patches, stripes and plain colours).
  explicit Shelf(uint64_t seed, std::vector<Image> backgrounds = {})
      : seed_(seed), backgrounds_(std::move(backgrounds)) {}

  // kSide x kSide pixels in place of `picture`. A picture whose background is not plain
  // (FindFruit) is not cut: it is shrunk or stretched, turned around and lit anew.
  Status Apply(const std::string& key, Image* picture) const;

 private:
  uint64_t seed_;
  std::vector<Image> backgrounds_;
};

namespace internal {
// kSide x kSide.
Image DrawnBackground(Dice* dice);
Status CroppedBackground(const Image& from, Dice* dice, Image* to);
// Brightness, colour, a shadow across, blur and noise; perhaps the mirror image.
void LightAnew(Dice* dice, Image* picture);
}  // namespace internal

}  // namespace pomona::image
