// SPDX-License-Identifier: Apache-2.0
// The weights of a resampling along one axis. Internal to image/.
#pragma once

#include <cstdint>
#include <vector>

#include "pomona/image/preprocess.h"

namespace pomona::image {

// One axis: `in` pixels, of which begin..end become `out`.
struct Axis {
  int64_t in = 0;
  int64_t out = 0;
  float begin = 0;
  float end = 0;
  Filter filter = Filter::kBilinear;
  bool operator==(const Axis&) const = default;
};

// Weights are fixed-point with this many bits behind the point, as in Pillow.
inline constexpr int kWeightBits = 32 - 8 - 2;
// Weights of an output pixel are padded with zeros to a multiple of this, so that inner
// loops have no rest.
inline constexpr int64_t kTapBlock = 8;

// Output pixel i is the sum over j < count[i] of weight[i * stride + j] times input pixel
// first[i] + j. A weight is also kept as high * 256 + low, both 16 bits, for the
// 16 x 16 -> 32 bit products that every CPU has.
struct Taps {
  int64_t stride = 0;
  std::vector<int32_t> first;
  std::vector<int32_t> count;
  std::vector<int32_t> weight;
  std::vector<int16_t> high;
  std::vector<int16_t> low;
};

// Pillow's precompute_coeffs and normalize_coeffs_8bpc. Not for kNearest. Throws
// bad_alloc.
void ComputeTaps(const Axis& axis, Taps* taps);

}  // namespace pomona::image
