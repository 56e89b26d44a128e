// SPDX-License-Identifier: Apache-2.0
// How a source and a destination lie to each other: paths or s3:// addresses.
#pragma once

#include <string>

namespace pomona::store {

// True when both are the same folder, or the same bucket and prefix.
bool SamePlace(const std::string& a, const std::string& b);

// Where `inner` lies strictly inside `outer`: its path relative to it, ending in '/'.
// Else "".
std::string InsidePrefix(const std::string& outer, const std::string& inner);

}  // namespace pomona::store
