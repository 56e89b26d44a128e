// SPDX-License-Identifier: Apache-2.0
// What a picture says without a network: the colours of the fruit, from top to bottom,
// and its size. docs/numerics.md has the arithmetic.
#pragma once

#include <cstdint>
#include <vector>

#include "pomona/base/status.h"
#include "pomona/image/image.h"

namespace pomona::image {

// The fruit's pixels of a picture on a plain background: those far in Lab from the median
// of the border. Where the border is not plain, or nothing stands out, it is all of them.
struct FruitMask {
  bool plain = false;
  std::vector<uint8_t> fruit;  // width x height, 0 or 1
};
FruitMask FindFruit(const Image& image);

// A histogram of the fruit of 12 hues x 3 saturations x 3 values; of each third of its
// height, from the top, one of 8 x 2 x 2; its area, width and height as shares of the
// picture's, its area as a share of its box, and whether the background is plain.
inline constexpr int64_t kWholeBins = 12 * 3 * 3;
inline constexpr int64_t kThirdBins = 8 * 2 * 2;
inline constexpr int64_t kColourColumns = kWholeBins + 3 * kThirdBins + 5;

// kColourColumns numbers, each 0 to 1. Of pictures larger than 100 x 100 it is those of
// the picture shrunk to fit inside. Thread-safe.
Status DescribeColour(const Image& image, float* dst);

// Multiplies red, green and blue, each by at most 2 and at least 1/2, so that their means
// over the picture are equal: the colour of the light falls away where the picture holds
// a bit of everything.
void BalanceGreyWorld(Image* image);

}  // namespace pomona::image
