// SPDX-License-Identifier: Apache-2.0
// Assets: files that ship with Pomona (weights, web pages), found at run time.
#pragma once

#include <string>

#include "pomona/base/status.h"

namespace pomona {

// The path of the asset `name` ("weights/vgg16-imagenet.safetensors"). Looked for in the
// folder that the environment variable POMONA_ASSETS names (there alone, when it is set);
// else in assets/ beside the module or program that holds this code (the Python package);
// in ../share/pomona of it (an installation); in assets/ of the source tree that it was
// built from. KeyError naming the places when it is in none. The path is of this machine:
// it may stand in messages, never in outputs.
Result<std::string> AssetPath(const std::string& name);

}  // namespace pomona
