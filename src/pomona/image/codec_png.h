// SPDX-License-Identifier: Apache-2.0
// PNG by libpng. Internal to image/.
#pragma once

#include "pomona/image/codec.h"

namespace pomona::image {

extern const Codec kPngCodec;

}  // namespace pomona::image
