// SPDX-License-Identifier: Apache-2.0
// What a codec is, and what codecs share. A new codec is one file pair and one line in
// codec.cc (and its word in Format). Internal to image/.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "pomona/base/reject.h"
#include "pomona/image/image.h"

namespace pomona::image {

using Bytes = std::span<const uint8_t>;

struct Codec {
  Format format;
  std::string_view name;  // FormatName
  bool (*is_a)(Bytes bytes);
  // The header. Width and height as stored, orientation as found.
  Result<ImageInfo> (*info)(Bytes bytes);
  // Decodes to RGB as stored and returns what `info` would. Must call CheckPixels before
  // it allocates anything that grows with the picture.
  Result<ImageInfo> (*decode)(Bytes bytes, int64_t max_pixels, Image* image);
  std::string (*version)();  // "libpng 1.6.39"
};

// A side longer than this is refused (kTooLarge): tables of the resize grow with it.
inline constexpr int64_t kMaxSide = 1'000'000;

// Rejects kTooLarge. Sides are at least 1.
Status CheckPixels(int64_t width, int64_t height, int64_t max_pixels);

// Sizes `image` for width x height RGB. OutOfMemory only.
Status AllocatePixels(int64_t width, int64_t height, Image* image);

// `count` RGBA pixels over white, rounded as Pillow's alpha_composite and paste round.
void CompositeOverWhite(const uint8_t* rgba, int64_t count, uint8_t* rgb);

inline Status DecodeReject(RejectCode code, std::string message) {
  return RejectStatus(RejectStage::kDecode, code, std::move(message));
}

}  // namespace pomona::image
