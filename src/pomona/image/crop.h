// SPDX-License-Identifier: Apache-2.0
// Parts of pictures, and pictures made smaller.
#pragma once

#include <cstdint>

#include "pomona/base/status.h"
#include "pomona/image/grid.h"
#include "pomona/image/image.h"

namespace pomona::image {

// What is in `box`, which lies within `from`. `to`'s memory is reused.
void Crop(const Image& from, const Bounds& box, Image* to);

// `image` as it is where it fits into a square of `side`, else shrunk to fit (bilinear,
// sides rounded to the nearest, 1 at least).
Status ShrinkToFit(const Image& image, int64_t side, Image* small);

}  // namespace pomona::image
