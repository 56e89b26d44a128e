// SPDX-License-Identifier: Apache-2.0
#include "pomona/image/preprocess.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "pomona/image/codec.h"
#include "pomona/image/resample.h"

namespace pomona::image {
namespace {

Status CheckImage(const Image& image) {
  if (image.width < 1 || image.height < 1 || image.width > kMaxSide ||
      image.height > kMaxSide ||
      image.pixels.size() != static_cast<size_t>(image.width * image.height * 3)) {
    return Status::Invalid("a picture of ", image.width, " x ", image.height, " with ",
                           image.pixels.size(), " bytes of pixels cannot be resized");
  }
  return Status::OK();
}

Box WholeBox(const Image& image) {
  return {0, 0, static_cast<float>(image.width), static_cast<float>(image.height)};
}

// The largest box of the wanted aspect ratio about the centre: Pillow's ImageOps.fit.
Box CropBox(const Image& image, int64_t out_width, int64_t out_height) {
  const auto width = static_cast<double>(image.width);
  const auto height = static_cast<double>(image.height);
  const double in_ratio = width / height;
  const double out_ratio =
      static_cast<double>(out_width) / static_cast<double>(out_height);
  double w = width;
  double h = height;
  if (in_ratio > out_ratio) w = out_ratio * height;
  if (in_ratio < out_ratio) h = width / out_ratio;
  const double left = (width - w) * 0.5;
  const double top = (height - h) * 0.5;
  return {static_cast<float>(left), static_cast<float>(top), static_cast<float>(left + w),
          static_cast<float>(top + h)};
}

// The size inside which a padded picture fits: Pillow's ImageOps.contain, which rounds
// halves to even; a side is at least 1.
std::pair<int64_t, int64_t> ContainedSize(const Image& image, int64_t out_width,
                                          int64_t out_height) {
  const auto width = static_cast<double>(image.width);
  const auto height = static_cast<double>(image.height);
  const auto target_width = static_cast<double>(out_width);
  const auto target_height = static_cast<double>(out_height);
  const double in_ratio = width / height;
  const double out_ratio = target_width / target_height;
  const auto side = [](double exact) { return std::max<int64_t>(std::llrint(exact), 1); };
  if (in_ratio > out_ratio) return {out_width, side(height / width * target_width)};
  if (in_ratio < out_ratio) return {side(width / height * target_height), out_height};
  return {out_width, out_height};
}

// Where the fitted picture stands in the network's input.
struct Placement {
  const Image* image;
  int64_t left = 0;
  int64_t top = 0;
};

Result<Placement> FitImage(const Image& image, const PreprocessContract& contract) {
  static thread_local Image scratch;
  const bool same = image.width == contract.width && image.height == contract.height;
  if (same) return Placement{&image};
  if (contract.fit != Fit::kPad) {
    const Box box = contract.fit == Fit::kCrop
                        ? CropBox(image, contract.width, contract.height)
                        : WholeBox(image);
    ARROW_RETURN_NOT_OK(ResampleBox(image, box, contract.width, contract.height,
                                    contract.filter, &scratch));
    return Placement{&scratch};
  }
  const auto [width, height] = ContainedSize(image, contract.width, contract.height);
  const auto middle = [](int64_t room) {
    return static_cast<int64_t>(std::llrint(static_cast<double>(room) * 0.5));
  };
  const int64_t left = middle(contract.width - width);
  const int64_t top = middle(contract.height - height);
  if (image.width == width && image.height == height) return Placement{&image, left, top};
  ARROW_RETURN_NOT_OK(
      ResampleBox(image, WholeBox(image), width, height, contract.filter, &scratch));
  return Placement{&scratch, left, top};
}

// The normalised value of every byte, for one channel.
using ByteTable = std::array<float, 256>;

ByteTable MakeTable(const Normalization& n, size_t channel) {
  ByteTable table;
  for (size_t v = 0; v < table.size(); ++v) {
    table[v] = (static_cast<float>(v) * n.scale - n.mean[channel]) / n.std[channel];
  }
  return table;
}

void FillPlane(const Placement& placed, const PreprocessContract& contract,
               size_t channel, float* plane) {
  const ByteTable table = MakeTable(contract.normalization, channel);
  const size_t source = contract.normalization.bgr ? 2 - channel : channel;
  const Image& image = *placed.image;
  if (contract.fit == Fit::kPad) {
    std::fill_n(plane, contract.width * contract.height,
                table[contract.pad_color[source]]);
  }
  for (int64_t y = 0; y < image.height; ++y) {
    const uint8_t* from = image.pixels.data() + y * image.width * 3 + source;
    float* to = plane + (placed.top + y) * contract.width + placed.left;
    for (int64_t x = 0; x < image.width; ++x) to[x] = table[from[3 * x]];
  }
}

}  // namespace

Status Resize(const Image& in, int64_t width, int64_t height, Filter filter, Image* out) {
  ARROW_RETURN_NOT_OK(CheckImage(in));
  if (width < 1 || height < 1 || width > kMaxSide || height > kMaxSide) {
    return Status::Invalid("cannot resize to ", width, " x ", height,
                           ": sides must be 1 .. ", kMaxSide);
  }
  return ResampleBox(in, WholeBox(in), width, height, filter, out);
}

Status Preprocess(const Image& image, const PreprocessContract& contract, float* dst) {
  ARROW_RETURN_NOT_OK(contract.Validate());
  ARROW_RETURN_NOT_OK(CheckImage(image));
  ARROW_ASSIGN_OR_RAISE(const Placement placed, FitImage(image, contract));
  const int64_t plane = contract.width * contract.height;
  for (size_t c = 0; c < 3; ++c) {
    FillPlane(placed, contract, c, dst + static_cast<int64_t>(c) * plane);
  }
  return Status::OK();
}

}  // namespace pomona::image
