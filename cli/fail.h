// SPDX-License-Identifier: Apache-2.0
// Errors and exit codes of the program.
#pragma once

#include <string>

#include "pomona/base/status.h"

namespace pomona::cli {

inline constexpr int kDone = 0;    // rejects are reported, not a failure
inline constexpr int kFailed = 1;  // the work failed, or was stopped
inline constexpr int kUsage = 2;   // wrong usage

// "error: ..." of a status: its first line; the rest indented; what follows "hint: " at
// the start of a line or after a "; " on a line of its own.
std::string ErrorText(const Status& status);

// Prints ErrorText on stderr and returns `code`.
int Fail(const Status& status, int code = kFailed);

}  // namespace pomona::cli
