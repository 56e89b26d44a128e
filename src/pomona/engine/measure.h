// SPDX-License-Identifier: Apache-2.0
// How fast this machine runs a network, each way that it can: what `pomona bench` tells
// and what the table behind "auto" is recorded from. Nothing here decides bytes.
#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "pomona/base/status.h"
#include "pomona/engine/choice.h"
#include "pomona/engine/feature_extractor.h"
#include "pomona/model/backbone.h"

namespace pomona::engine {

struct MeasureOptions {
  double seconds = 5;  // of each choice: batches; one picture takes half as long again
  int turns = 5;       // they take turns, so that a slow minute is everybody's
  int threads = 0;     // 0: all cores that this process may use
  std::stop_token stop = {};
};

// What one choice took, a number a turn.
struct Timing {
  Choice choice;
  ExtractorInfo info;                     // with the batch that a run has
  std::vector<double> images_per_second;  // batches, as many under way as a run keeps
  std::vector<double> core_ms;            // processor time an image of them
  std::vector<double> latency_ms;         // one picture by itself, a turn's median
};

// The middle of `values`, which are one or more (the mean of the two middle ones).
double Median(std::vector<double> values);

// Measures `choices` (see PossibleChoices) in turns on made-up pictures, which take as
// long as real ones. `doing` is told what begins. Invalid for seconds or turns of 0 or
// less; Cancelled when asked to stop; errors of MakeFeatureExtractor.
Result<std::vector<Timing>> Measure(const model::Backbone& backbone,
                                    const std::vector<Choice>& choices,
                                    const MeasureOptions& options,
                                    const std::function<void(const std::string&)>& doing);

}  // namespace pomona::engine
