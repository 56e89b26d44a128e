// SPDX-License-Identifier: Apache-2.0
#include "pomona/image/codec.h"

#include <array>
#include <exception>
#include <string>

#include "pomona/image/codec_jpeg.h"
#include "pomona/image/codec_png.h"
#include "pomona/image/codec_webp.h"
#include "pomona/image/image.h"
#include "pomona/image/orient.h"
#include "pomona/image/unsupported.h"

namespace pomona::image {
namespace {

// The codecs, asked in this order. A new one is a line here.
constexpr std::array kCodecs = {
    &kJpegCodec,
    &kPngCodec,
    &kWebpCodec,
};

Result<const Codec*> FindCodec(Bytes bytes) {
  if (bytes.empty()) return DecodeReject(RejectCode::kEmpty, "the file has zero bytes");
  for (const Codec* codec : kCodecs) {
    if (codec->is_a(bytes)) return codec;
  }
  const std::string_view other = UnsupportedFormatName(bytes);
  if (!other.empty()) {
    return DecodeReject(
        RejectCode::kUnsupported,
        std::string(other) + " is not handled; convert it to JPEG, PNG or WebP");
  }
  return DecodeReject(RejectCode::kNotAnImage,
                      "the content is no known image format (JPEG, PNG, WebP), whatever "
                      "its name says");
}

std::string SizeText(int64_t width, int64_t height) {
  return std::to_string(width) + " x " + std::to_string(height) + " pixels";
}

}  // namespace

std::string_view FormatName(Format format) {
  for (const Codec* codec : kCodecs) {
    if (codec->format == format) return codec->name;
  }
  return "unknown";
}

Result<Format> Sniff(std::span<const uint8_t> bytes) {
  ARROW_ASSIGN_OR_RAISE(const Codec* codec, FindCodec(bytes));
  return codec->format;
}

Result<ImageInfo> ReadInfo(std::span<const uint8_t> bytes) {
  ARROW_ASSIGN_OR_RAISE(const Codec* codec, FindCodec(bytes));
  ARROW_ASSIGN_OR_RAISE(ImageInfo info, codec->info(bytes));
  if (SwapsSides(info.orientation)) std::swap(info.width, info.height);
  return info;
}

Status Decode(std::span<const uint8_t> bytes, const DecodeOptions& options,
              Image* image) {
  ARROW_ASSIGN_OR_RAISE(const Codec* codec, FindCodec(bytes));
  ARROW_ASSIGN_OR_RAISE(const ImageInfo info,
                        codec->decode(bytes, options.max_pixels, image));
  return options.apply_orientation ? ApplyOrientation(info.orientation, image)
                                   : Status::OK();
}

std::string_view DecoderVersions() {
  static const std::string versions = [] {
    std::string text;
    for (const Codec* codec : kCodecs) {
      text += (text.empty() ? "" : "; ") + codec->version();
    }
    return text;
  }();
  return versions;
}

Status CheckPixels(int64_t width, int64_t height, int64_t max_pixels) {
  // Dividing keeps clear of overflow.
  if (width <= kMaxSide && height <= kMaxSide && width <= max_pixels / height) {
    return Status::OK();
  }
  return DecodeReject(RejectCode::kTooLarge,
                      SizeText(width, height) + " are more than the limit of " +
                          std::to_string(max_pixels) + " (--max-pixels), or of " +
                          std::to_string(kMaxSide) + " a side");
}

Status AllocatePixels(int64_t width, int64_t height, Image* image) {
  try {
    image->pixels.resize(static_cast<size_t>(width * height * 3));
  } catch (const std::exception&) {
    return Status::OutOfMemory("no memory for a picture of ", SizeText(width, height));
  }
  image->width = width;
  image->height = height;
  return Status::OK();
}

void CompositeOverWhite(const uint8_t* rgba, int64_t count, uint8_t* rgb) {
  for (int64_t i = 0; i < count; ++i) {
    const uint32_t alpha = rgba[4 * i + 3];
    for (int c = 0; c < 3; ++c) {
      const uint32_t sum = rgba[4 * i + c] * alpha + 255 * (255 - alpha) + 128;
      rgb[3 * i + c] = static_cast<uint8_t>((sum + (sum >> 8)) >> 8);
    }
  }
}

}  // namespace pomona::image
