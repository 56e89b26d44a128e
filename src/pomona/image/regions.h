// SPDX-License-Identifier: Apache-2.0
// Where fruit may be in a photo, found without a network. These are candidates; which of
// them hold is for a head to say (learn/fruits.h). docs/numerics.md has the rules.
#pragma once

#include <cstdint>
#include <vector>

#include "pomona/base/status.h"
#include "pomona/image/grid.h"
#include "pomona/image/image.h"

namespace pomona::image {

// kShape stands out from a plain ground, and has an outline; kPiece is a part of one,
// where it may be several fruits that touch; kWindow is a square of a photo without
// plain ground.
enum class RegionKind { kPhoto, kShape, kPiece, kWindow };

struct Region {
  RegionKind kind = RegionKind::kPhoto;
  Bounds box;                    // in pixels of the photo, within it
  int32_t parent = -1;           // of a piece: the place of its shape in the list
  std::vector<int64_t> outline;  // x, y, ... in pixels of the photo, clockwise; or empty
};

inline constexpr int64_t kMaxShapes = 128;   // the largest count
inline constexpr int64_t kMaxWindows = 400;  // scales with more are left out

// A photo's candidates, and what each looks like by itself.
class Regions {
 public:
  // The first is the photo itself. On plain ground shapes and their pieces follow, the
  // largest first; else squares of the shorter side and of 1/1.5, 1/2.2, 1/3.3 and 1/5
  // of it, half a square apart, of 32 pixels or more. `photo` must outlive this.
  static Result<Regions> Find(const Image& photo);

  const std::vector<Region>& list() const { return regions_; }
  // The picture of one region: the photo as it is; shapes and pieces on white, square,
  // with a margin of 1/20 of the longer side; windows as they are. At most 1,024 pixels
  // a side, but for the photo. Thread-safe.
  Status Cut(size_t index, Image* picture) const;

 private:
  explicit Regions(const Image& photo) : photo_(&photo) {}
  Status FindShapes(const Image& small, const Mask& fruit);
  void AddShape(const Mask& shape, RegionKind kind, int32_t parent);
  void AddWindows();
  Status CutShape(size_t index, Image* picture) const;

  const Image* photo_;
  Image small_;       // what windows are cut from
  double scale_ = 1;  // pixels of the photo in one of the masks'
  std::vector<Region> regions_;
  std::vector<Mask> masks_;     // of shapes and pieces, with a rim
  std::vector<Bounds> places_;  // of the masks, in their own pixels
};

}  // namespace pomona::image
