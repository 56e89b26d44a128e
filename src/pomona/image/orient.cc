// SPDX-License-Identifier: Apache-2.0
#include "pomona/image/orient.h"

#include <algorithm>
#include <array>
#include <new>
#include <utility>

namespace pomona::image {
namespace {

// Displayed pixel (x, y) is the stored one at (x or y, or counted from the far side).
struct Turn {
  bool swap;    // the stored x follows the displayed y
  bool flip_x;  // the stored x counts from the right
  bool flip_y;  // the stored y counts from the bottom
};
constexpr std::array<Turn, 9> kTurns = {{{false, false, false},
                                         {false, false, false},
                                         {false, true, false},
                                         {false, true, true},
                                         {false, false, true},
                                         {true, false, false},
                                         {true, false, true},
                                         {true, true, true},
                                         {true, true, false}}};
// Square tiles keep both the read and the written lines in the cache.
constexpr int64_t kTile = 32;

struct Walk {
  const uint8_t* origin;  // stored pixel of displayed (0, 0)
  int64_t step_x;         // bytes, for a displayed step to the right
  int64_t step_y;         // bytes, for a displayed step down
};

Walk MakeWalk(const Image& in, Turn turn) {
  const int64_t dx = turn.flip_x ? -3 : 3;
  const int64_t dy = turn.flip_y ? -3 * in.width : 3 * in.width;
  const int64_t first = (turn.flip_y ? in.height - 1 : 0) * in.width * 3 +
                        (turn.flip_x ? in.width - 1 : 0) * 3;
  return {in.pixels.data() + first, turn.swap ? dy : dx, turn.swap ? dx : dy};
}

void CopyTile(const Walk& walk, int64_t x0, int64_t y0, int64_t x1, int64_t y1,
              Image* out) {
  for (int64_t y = y0; y < y1; ++y) {
    uint8_t* to = out->pixels.data() + (y * out->width + x0) * 3;
    for (int64_t x = x0; x < x1; ++x, to += 3) {
      const uint8_t* from = walk.origin + x * walk.step_x + y * walk.step_y;
      to[0] = from[0];
      to[1] = from[1];
      to[2] = from[2];
    }
  }
}

}  // namespace

Status ApplyOrientation(int orientation, Image* image) {
  if (orientation <= 1 || orientation > 8) return Status::OK();
  const Turn turn = kTurns[static_cast<size_t>(orientation)];
  Image out;
  out.width = turn.swap ? image->height : image->width;
  out.height = turn.swap ? image->width : image->height;
  try {
    out.pixels.resize(image->pixels.size());
  } catch (const std::bad_alloc&) {
    return Status::OutOfMemory("no memory to turn a picture of ", image->width, " x ",
                               image->height, " pixels");
  }
  const Walk walk = MakeWalk(*image, turn);
  for (int64_t y = 0; y < out.height; y += kTile) {
    for (int64_t x = 0; x < out.width; x += kTile) {
      CopyTile(walk, x, y, std::min(x + kTile, out.width),
               std::min(y + kTile, out.height), &out);
    }
  }
  *image = std::move(out);
  return Status::OK();
}

}  // namespace pomona::image
