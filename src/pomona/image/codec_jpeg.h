// SPDX-License-Identifier: Apache-2.0
// JPEG by libjpeg-turbo. Internal to image/.
#pragma once

#include "pomona/image/codec.h"

namespace pomona::image {

extern const Codec kJpegCodec;

}  // namespace pomona::image
