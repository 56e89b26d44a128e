// SPDX-License-Identifier: Apache-2.0
// Shapes that may be several fruits which touch.
#pragma once

#include <vector>

#include "pomona/image/grid.h"

namespace pomona::image {

// `shape` cut at its necks: a watershed of the distances to its outside. A neck parts two
// pieces where it is narrower than 3/4 of the smaller one; what is thinner than `least`
// (half its width, in pixels) is no piece of its own. One mask a piece, the thickest
// first; `shape` alone where it has no necks.
std::vector<Mask> SplitAtNecks(const Mask& shape, double least);

// The outer contour of the part of `mask` that comes first from top left, as x, y, x, y,
// ... of corners between pixels, clockwise, straight lines and what is within a pixel of
// them drawn together; empty where nothing is set.
std::vector<int64_t> OutlineOf(const Mask& mask);

}  // namespace pomona::image
