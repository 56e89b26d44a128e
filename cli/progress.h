// SPDX-License-Identifier: Apache-2.0
// How far a run is: folded from its events, drawn as one line. Pure, so that tests need
// no terminal.
#pragma once

#include <cstdint>
#include <string>

#include "pomona/base/event.h"

namespace pomona::cli {

enum class Stage { kStart, kList, kModel, kExtract, kFit, kTransform, kEnd };

struct ProgressState {
  Stage stage = Stage::kStart;
  int64_t listed = 0;
  bool listing = false;  // goes on, maybe beside the extraction
  int64_t done = 0;      // images or rows of the stage
  int64_t total = 0;
  int64_t rejects = 0;
  double rate = 0;     // images a second
  double seconds = 0;  // since the run began, as the caller's clock says
};

// Takes one event in. True when the stage changed.
bool Fold(const Event& event, ProgressState* state);

// The line of a terminal, at most `width` columns: name, bar, counts, rate, rejects, time
// left. What does not fit is left out, the least important first.
std::string RenderLine(const ProgressState& state, int width, bool unicode);

// The line of a log file: "extract 1,234 of 8,460 (14.6 %), 340 images/s, 2 rejects, 21 s
// left". "" when there is nothing to say.
std::string RenderLog(const ProgressState& state);

// One line about a finished step ("8,460 images listed", "vgg16 ready ..."), or "".
std::string Milestone(const Event& event);

}  // namespace pomona::cli
