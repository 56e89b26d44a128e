// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "pomona/learn/figures.h"

namespace pomona::cli {

// Lines for people; `coverage` is what was promised.
std::string FiguresText(const learn::Figures& figures, double coverage);
// Classes from the worst to the best: name, pictures, precision, recall, F1, and what it
// is most often taken for.
std::string ClassesText(const learn::Figures& figures);

}  // namespace pomona::cli
