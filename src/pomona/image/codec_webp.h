// SPDX-License-Identifier: Apache-2.0
// WebP by libwebp. Internal to image/.
#pragma once

#include "pomona/image/codec.h"

namespace pomona::image {

extern const Codec kWebpCodec;

}  // namespace pomona::image
