// SPDX-License-Identifier: Apache-2.0
// Words of the Python interface for the enums of pictures.
#pragma once

#include <string>

#include "pomona/image/preprocess.h"

namespace pomona::python {

// "stretch", "crop", "pad"; "nearest", ... ; raise ValueError for others.
image::Fit FitFromText(const std::string& text);
image::Filter FilterFromText(const std::string& text);

}  // namespace pomona::python
