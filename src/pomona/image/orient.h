// SPDX-License-Identifier: Apache-2.0
// EXIF orientations applied to pixels, as Pillow's ImageOps.exif_transpose. Internal to
// image/.
#pragma once

#include "pomona/image/image.h"

namespace pomona::image {

// True for the orientations that exchange width and height (5..8).
constexpr bool SwapsSides(int orientation) { return orientation >= 5; }

// Turns stored pixels into displayed ones. `orientation` 1..8. OutOfMemory only.
Status ApplyOrientation(int orientation, Image* image);

}  // namespace pomona::image
