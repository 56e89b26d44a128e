// SPDX-License-Identifier: Apache-2.0
// Formats that are told apart from "no image" but not decoded. Internal to image/.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace pomona::image {

// "GIF", "TIFF", "BMP", ... or "" when the bytes are none of them.
std::string_view UnsupportedFormatName(std::span<const uint8_t> bytes);

}  // namespace pomona::image
