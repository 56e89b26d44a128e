// SPDX-License-Identifier: Apache-2.0
#include "pomona/image/regions.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "pomona/image/crop.h"
#include "pomona/image/ground.h"
#include "pomona/image/pieces.h"

namespace pomona::image {
namespace {

constexpr int64_t kShapeSide = 320;    // where shapes are found
constexpr int64_t kWindowSide = 1024;  // where windows are cut
constexpr double kLeastShape = 0.002;  // of the photo
constexpr double kLeastPiece = 0.02;   // of the longer side, half a piece's width
constexpr double kMargin = 0.05;       // of the longer side, on each
constexpr std::array<double, 5> kScales = {1, 1.5, 2.2, 3.3, 5};
constexpr int64_t kLeastWindow = 32;

// What is set grows into the inner half of the rim; the outer stays empty.
constexpr int64_t kRim = 2;

// The part of `mask` in `box`, with a rim.
Mask Framed(const Mask& mask, const Bounds& box) {
  Mask framed(box.width() + 2 * kRim, box.height() + 2 * kRim);
  for (int64_t y = box.top; y < box.bottom; ++y) {
    for (int64_t x = box.left; x < box.right; ++x) {
      framed(x - box.left + kRim, y - box.top + kRim) = mask(x, y);
    }
  }
  return framed;
}

// Places a photo's pixel among a mask's: between which two, and how near the second.
struct MaskSample {
  int64_t low, high;
  double share;
  MaskSample(double position, int64_t size) {
    const double held = std::clamp(position, 0.0, static_cast<double>(size - 1));
    low = static_cast<int64_t>(held);
    high = std::min(low + 1, size - 1);
    share = held - static_cast<double>(low);
  }
};

double Cover(const Mask& mask, const MaskSample& x, const MaskSample& y) {
  const double top = mask(x.low, y.low) * (1 - x.share) + mask(x.high, y.low) * x.share;
  const double low = mask(x.low, y.high) * (1 - x.share) + mask(x.high, y.high) * x.share;
  return top * (1 - y.share) + low * y.share;
}

Bounds Scaled(const Bounds& box, double scale, int64_t width, int64_t height) {
  const auto at = [&](int64_t value, int64_t most) {
    return std::clamp<int64_t>(std::llrint(static_cast<double>(value) * scale), 0, most);
  };
  Bounds scaled{at(box.left, width), at(box.top, height), at(box.right, width),
                at(box.bottom, height)};
  scaled.right = std::clamp(scaled.right, std::min(scaled.left + 1, width), width);
  scaled.bottom = std::clamp(scaled.bottom, std::min(scaled.top + 1, height), height);
  return scaled;
}

}  // namespace

Result<Regions> Regions::Find(const Image& photo) {
  Regions found(photo);
  found.regions_.push_back(
      {RegionKind::kPhoto, {0, 0, photo.width, photo.height}, -1, {}});
  found.masks_.emplace_back();
  found.places_.emplace_back();
  Image small;
  ARROW_RETURN_NOT_OK(ShrinkToFit(photo, kShapeSide, &small));
  const Ground ground = FindGround(small);
  if (ground.plain) {
    ARROW_RETURN_NOT_OK(found.FindShapes(small, ground.fruit));
  } else {
    ARROW_RETURN_NOT_OK(ShrinkToFit(photo, kWindowSide, &found.small_));
    found.AddWindows();
  }
  return found;
}

Status Regions::FindShapes(const Image& small, const Mask& fruit) {
  scale_ = static_cast<double>(std::max(photo_->width, photo_->height)) /
           static_cast<double>(std::max(small.width, small.height));
  std::vector<int64_t> areas;
  const auto labels = Components(fruit, &areas);
  const double least =
      kLeastShape * static_cast<double>(small.width) * static_cast<double>(small.height);
  std::vector<int32_t> order;
  for (size_t i = 1; i < areas.size(); ++i) {
    if (static_cast<double>(areas[i]) >= least) order.push_back(static_cast<int32_t>(i));
  }
  std::stable_sort(order.begin(), order.end(), [&](int32_t a, int32_t b) {
    return areas[static_cast<size_t>(a)] > areas[static_cast<size_t>(b)];
  });
  if (static_cast<int64_t>(order.size()) > kMaxShapes) order.resize(kMaxShapes);
  const double thin = std::max(
      3.0, kLeastPiece * static_cast<double>(std::max(small.width, small.height)));
  for (const int32_t label : order) {
    const Mask shape = PartOf(labels, label);
    const auto parent = static_cast<int32_t>(regions_.size());
    AddShape(shape, RegionKind::kShape, -1);
    const auto pieces = SplitAtNecks(shape, thin);
    for (size_t i = 0; pieces.size() > 1 && i < pieces.size(); ++i) {
      AddShape(pieces[i], RegionKind::kPiece, parent);
    }
  }
  return Status::OK();
}

void Regions::AddShape(const Mask& shape, RegionKind kind, int32_t parent) {
  const Bounds box = BoundsOf(shape);
  Region region{kind, Scaled(box, scale_, photo_->width, photo_->height), parent,
                OutlineOf(shape)};
  for (size_t i = 0; i < region.outline.size(); ++i) {
    const int64_t most = i % 2 == 0 ? photo_->width : photo_->height;
    region.outline[i] = std::min<int64_t>(
        most, std::llrint(static_cast<double>(region.outline[i]) * scale_));
  }
  regions_.push_back(std::move(region));
  masks_.push_back(Framed(shape, box));
  Dilate(&masks_.back());
  places_.push_back(box);
}

void Regions::AddWindows() {
  const int64_t width = small_.width;
  const int64_t height = small_.height;
  const auto shorter = static_cast<double>(std::min(width, height));
  const double grow = static_cast<double>(photo_->width) / static_cast<double>(width);
  int64_t count = 0;
  for (const double scale : kScales) {
    const int64_t side = std::llrint(shorter / scale);
    if (side < kLeastWindow) break;
    const auto steps = [&](int64_t room) { return (2 * room + side - 1) / side; };
    const int64_t columns = steps(width - side) + 1;
    const int64_t rows = steps(height - side) + 1;
    count += columns * rows;
    if (count > kMaxWindows) break;
    for (int64_t j = 0; j < rows; ++j) {
      for (int64_t i = 0; i < columns; ++i) {
        const int64_t left = columns > 1 ? (width - side) * i / (columns - 1) : 0;
        const int64_t top = rows > 1 ? (height - side) * j / (rows - 1) : 0;
        const Bounds box{left, top, left + side, top + side};
        regions_.push_back({RegionKind::kWindow,
                            Scaled(box, grow, photo_->width, photo_->height),
                            -1,
                            {}});
        masks_.emplace_back();
        places_.push_back(box);
      }
    }
  }
}

Status Regions::Cut(size_t index, Image* picture) const {
  switch (regions_[index].kind) {
    case RegionKind::kPhoto:
      *picture = *photo_;
      return Status::OK();
    case RegionKind::kWindow:
      Crop(small_, places_[index], picture);
      return Status::OK();
    default:
      return CutShape(index, picture);
  }
}

Status Regions::CutShape(size_t index, Image* picture) const {
  const Bounds& box = regions_[index].box;
  const auto longer = static_cast<double>(std::max(box.width(), box.height()));
  const int64_t side = std::llrint(longer * (1 + 2 * kMargin));
  const int64_t left = box.left - (side - box.width()) / 2;
  const int64_t top = box.top - (side - box.height()) / 2;
  Image cut{side, side, std::vector<uint8_t>(static_cast<size_t>(side * side * 3), 255)};
  const Mask& mask = masks_[index];
  const auto place = [&](int64_t at, int64_t start, int64_t size) {
    const double position = (static_cast<double>(at) + 0.5) / scale_ - 0.5;
    return MaskSample(position - static_cast<double>(start - kRim), size);
  };
  for (int64_t y = std::max<int64_t>(0, top); y < std::min(photo_->height, top + side);
       ++y) {
    const MaskSample row = place(y, places_[index].top, mask.height);
    for (int64_t x = std::max<int64_t>(0, left); x < std::min(photo_->width, left + side);
         ++x) {
      const double cover = Cover(mask, place(x, places_[index].left, mask.width), row);
      if (cover == 0) continue;
      const auto* from = photo_->pixels.data() + (y * photo_->width + x) * 3;
      auto* to = cut.pixels.data() + ((y - top) * side + x - left) * 3;
      for (int c = 0; c < 3; ++c) {
        to[c] = static_cast<uint8_t>(std::lrint(from[c] * cover + 255 * (1 - cover)));
      }
    }
  }
  return ShrinkToFit(cut, kWindowSide, picture);
}

}  // namespace pomona::image
