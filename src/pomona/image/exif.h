// SPDX-License-Identifier: Apache-2.0
// The one EXIF field that changes pixels. Internal to image/.
#pragma once

#include <cstdint>
#include <span>

namespace pomona::image {

// The orientation (tag 0x0112 of the first directory) of an EXIF block that begins with
// its TIFF header, or 1 when it is absent, out of 1..8 or the block is damaged. Reads
// nothing outside `tiff`, follows no offset but the first.
int ParseExifOrientation(std::span<const uint8_t> tiff);

// The same after an optional "Exif\0\0" (JPEG has it always, PNG and WebP sometimes).
int ParseExifBlock(std::span<const uint8_t> block);

}  // namespace pomona::image
