// SPDX-License-Identifier: Apache-2.0
#include "pomona/image/crop.h"

#include <algorithm>
#include <cmath>

#include "pomona/image/preprocess.h"

namespace pomona::image {

void Crop(const Image& from, const Bounds& box, Image* to) {
  to->width = box.width();
  to->height = box.height();
  to->pixels.resize(static_cast<size_t>(to->width * to->height * 3));
  for (int64_t y = 0; y < to->height; ++y) {
    const auto* row = from.pixels.data() + ((box.top + y) * from.width + box.left) * 3;
    std::copy_n(row, to->width * 3, to->pixels.data() + y * to->width * 3);
  }
}

Status ShrinkToFit(const Image& image, int64_t side, Image* small) {
  const int64_t longer = std::max(image.width, image.height);
  if (longer <= side) {
    *small = image;
    return Status::OK();
  }
  const auto fit = [&](int64_t own) {
    const double exact = static_cast<double>(own) * static_cast<double>(side) /
                         static_cast<double>(longer);
    return std::max<int64_t>(1, std::llrint(exact));
  };
  return Resize(image, fit(image.width), fit(image.height), Filter::kBilinear, small);
}

}  // namespace pomona::image
