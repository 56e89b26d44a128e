// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "pomona/image/crop.h"
#include "pomona/image/preprocess.h"

namespace pomona::image {
namespace {

constexpr double kCropShare = 0.6;

int64_t CropSide(int64_t side) {
  return std::max<int64_t>(1, std::llrint(static_cast<double>(side) * kCropShare));
}

// Left and top of the five crops, in shares of the room: 0, all of it, or half.
struct Corner {
  int64_t x, y;  // halves of the room
};
constexpr Corner kCorners[] = {{0, 0}, {2, 0}, {0, 2}, {2, 2}, {1, 1}};

Bounds BoxAt(const Corner& corner, const Image& of) {
  const int64_t width = CropSide(of.width);
  const int64_t height = CropSide(of.height);
  const int64_t left = (of.width - width) * corner.x / 2;
  const int64_t top = (of.height - height) * corner.y / 2;
  return {left, top, left + width, top + height};
}

}  // namespace

int64_t ViewCount(Views views) {
  return views == Views::kOne ? 1 : views == Views::kMirror ? 2 : 7;
}

Status PreprocessViews(const Image& image, const PreprocessContract& contract,
                       float* dst) {
  ARROW_RETURN_NOT_OK(Preprocess(image, contract, dst));
  if (contract.views == Views::kOne) return Status::OK();
  const int64_t rows = 3 * contract.height;
  const int64_t floats = rows * contract.width;
  for (int64_t y = 0; y < rows; ++y) {
    const float* row = dst + y * contract.width;
    std::reverse_copy(row, row + contract.width, dst + floats + y * contract.width);
  }
  if (contract.views == Views::kMirror) return Status::OK();
  static thread_local Image crop;
  float* next = dst + 2 * floats;
  for (const Corner& corner : kCorners) {
    Crop(image, BoxAt(corner, image), &crop);
    ARROW_RETURN_NOT_OK(Preprocess(crop, contract, next));
    next += floats;
  }
  return Status::OK();
}

}  // namespace pomona::image
