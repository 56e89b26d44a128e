// SPDX-License-Identifier: Apache-2.0
// Status as Python exceptions: the one place where errors cross the language edge.
#pragma once

#include <string>
#include <utility>

#include "pomona/base/status.h"

namespace pomona::python {

// Raises what `status` means (a reject: pomona.ImageError; Invalid: ValueError; KeyError:
// pomona.NotFoundError, ...). Needs the GIL. `what` names the object, or is "".
[[noreturn]] void Raise(const Status& status, const std::string& what = "");

inline void Check(const Status& status, const std::string& what = "") {
  if (!status.ok()) Raise(status, what);
}

template <typename T>
T Unwrap(Result<T> result, const std::string& what = "") {
  Check(result.status(), what);
  return std::move(result).ValueUnsafe();
}

}  // namespace pomona::python
