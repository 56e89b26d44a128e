// SPDX-License-Identifier: Apache-2.0
// Colours as people tell them apart: CIE L*a*b* of sRGB under D65 (CIE 15:2004).
#pragma once

#include <array>
#include <cstdint>

namespace pomona::image {

using Lab = std::array<double, 3>;

// rgb: three bytes of sRGB. L 0 to 100. Thread-safe.
Lab ToLab(const uint8_t* rgb);

}  // namespace pomona::image
