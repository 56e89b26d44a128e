// SPDX-License-Identifier: Apache-2.0
// Sinks that show a run's events to people and programs.
#pragma once

#include <cstdio>
#include <memory>

#include "pomona/base/event.h"

namespace pomona::cli {

enum class Show { kAuto, kJson, kQuiet };

// kAuto: a bar on `progress` when it is a terminal, else a line every 10 s, with
// milestones and warnings. kJson: every event as a line on `output`. kQuiet: warnings
// alone. The bar is wiped on destruction.
std::unique_ptr<EventSink> MakeProgressSink(Show show, std::FILE* output,
                                            std::FILE* progress);

}  // namespace pomona::cli
