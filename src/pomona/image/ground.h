// SPDX-License-Identifier: Apache-2.0
// What stands out from the ground that a photo was taken on.
#pragma once

#include "pomona/base/status.h"
#include "pomona/image/grid.h"
#include "pomona/image/image.h"

namespace pomona::image {

struct Ground {
  // Whether the border of the picture is of one colour that changes slowly (light falls
  // off, a table turns into a wall): then `fruit` means something.
  bool plain = false;
  Mask fruit;  // far from the ground, without holes and specks
};

// The ground is a surface of second degree in x and y for each of L, a and b, fitted to
// the pixels of the border, those far away left out (fruit may touch it). What is far
// from it in colour (differences of light weigh half: shadows are no fruit) is fruit,
// from a threshold of Otsu's on. `image`: some hundred pixels a side; larger is slow.
Ground FindGround(const Image& image);

}  // namespace pomona::image
