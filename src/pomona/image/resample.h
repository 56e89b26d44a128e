// SPDX-License-Identifier: Apache-2.0
// Pillow's resampling of 8-bit RGB (its Resample.c): weights in fixed point, a pass along
// the rows, then one along the columns, each rounded to 8 bits. Internal to image/.
#pragma once

#include <cstdint>

#include "pomona/image/preprocess.h"

namespace pomona::image {

// A part of a picture, in pixels from its top left corner; edges may cut pixels. Float,
// because Pillow's box is.
struct Box {
  float left;
  float top;
  float right;
  float bottom;
};

// Scales `box` of `in` to width x height. `box` lies in `in`, all sides are at least 1
// and at most kMaxSide. OutOfMemory only. Scratch memory is per thread and kept.
Status ResampleBox(const Image& in, const Box& box, int64_t width, int64_t height,
                   Filter filter, Image* out);

}  // namespace pomona::image
