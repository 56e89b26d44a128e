// SPDX-License-Identifier: Apache-2.0
// How a source and a destination lie to each other: paths or s3:// addresses.
#pragma once

#include <string>
#include <utility>

#include "pomona/base/status.h"

namespace pomona::store {

// True when both are the same folder, or the same bucket and prefix.
bool SamePlace(const std::string& a, const std::string& b);

// Where `inner` lies strictly inside `outer`: its path relative to it, ending in '/'.
// Else "".
std::string InsidePrefix(const std::string& outer, const std::string& inner);

// The place that the object of an s3:// address lies in, with the options of the address,
// and the object's name there. Invalid for an address without a name.
Result<std::pair<std::string, std::string>> SplitS3Name(const std::string& uri);

}  // namespace pomona::store
