// SPDX-License-Identifier: Apache-2.0
// The one error system of Pomona: Arrow's. Every fallible function returns Status or
// Result<T>; nothing throws across a library edge. Pass errors on with
// ARROW_RETURN_NOT_OK and ARROW_ASSIGN_OR_RAISE. The one who detects an error explains it
// (file, key or field; reason; remedy); others pass it on unchanged.
#pragma once

#include <arrow/result.h>
#include <arrow/status.h>

namespace pomona {

using arrow::Result;
using arrow::Status;

}  // namespace pomona
