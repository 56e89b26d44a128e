// SPDX-License-Identifier: Apache-2.0
// Pictures: what format some bytes are, what they hold, and their pixels. Formats are
// told by content, never by name. Bytes are hostile input.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "pomona/base/status.h"

namespace pomona::image {

enum class Format { kJpeg, kPng, kWebp };
// "jpeg", "png", "webp".
std::string_view FormatName(Format format);

// What the header says. Width and height are as displayed, orientation applied.
struct ImageInfo {
  Format format = Format::kJpeg;
  int64_t width = 0;
  int64_t height = 0;
  // EXIF 1..8 as found (JPEG's APP1, PNG's eXIf, WebP's EXIF chunk; not XMP); 1 when
  // absent or out of range.
  int orientation = 1;
};

// Pixels: 8-bit sRGB, rows top to bottom, R,G,B interleaved, no padding.
struct Image {
  int64_t width = 0;
  int64_t height = 0;
  std::vector<uint8_t> pixels;  // width * height * 3
};

struct DecodeOptions {
  // More pixels than this, or a side over 1,000,000, are refused before anything is
  // allocated (kTooLarge).
  int64_t max_pixels = 100'000'000;
  bool apply_orientation = true;
};

// Rejects: kEmpty, kNotAnImage, kUnsupported (GIF, TIFF, BMP, AVIF, ...: named).
Result<Format> Sniff(std::span<const uint8_t> bytes);

// Reads the header only: that it succeeds does not say that the pixels are sound. Rejects
// as Sniff, and kTruncated, kCorrupt, kUnsupported.
Result<ImageInfo> ReadInfo(std::span<const uint8_t> bytes);

// Decodes to RGB. Grey is repeated; CMYK and YCCK as Pillow converts them (inks always
// inverted); alpha over white; 16-bit by the high byte; palettes expanded; the first
// frame of an animation; profiles and gamma ignored. A picture whose data end early is a
// reject (kTruncated), not grey pixels; bytes left over are no harm. `image`'s memory is
// reused; after an error it holds nothing of use. OutOfMemory is an error, not a reject.
// Thread-safe on different images.
Status Decode(std::span<const uint8_t> bytes, const DecodeOptions& options, Image* image);

// Names and versions of the decoders, for the contract: "libjpeg-turbo 2.1.5; ...".
std::string_view DecoderVersions();

}  // namespace pomona::image
