// SPDX-License-Identifier: Apache-2.0
// Finding a Python that has Pomona's package, for what only a Python library can do.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "pomona/base/status.h"

namespace pomona::cli {

// Where a Python with Pomona may be, the likeliest first: those that the environment
// variables name, the active environment's, one beside this program, that of the build,
// python3 of the PATH.
std::vector<std::string> Pythons(const std::vector<const char*>& variables);

// Runs `python -m MODULE ARGUMENTS` with the first Python that has it (or with the one
// that POMONA_PYTHON names, and no other) and takes the last line of its output, a JSON
// object. An answer {"missing": WORD} passes on to the next Python; {"error": TEXT} is
// Invalid with the text. Where none can do it, the error names `what` needs it and the
// Pythons that were tried.
Result<nlohmann::json> AskPython(const std::string& what, const std::string& module,
                                 const std::vector<std::string>& arguments);

}  // namespace pomona::cli
