// SPDX-License-Identifier: Apache-2.0
// Training of a head of any method: the strength of its shrinkage or penalty by
// cross-validation over groups, then everything that makes its answers honest
// (temperature, sets, distance) from the same rows while they were held out.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "pomona/base/status.h"
#include "pomona/learn/calibration.h"
#include "pomona/learn/fitter.h"
#include "pomona/learn/folds.h"
#include "pomona/learn/head.h"

namespace pomona::learn {

// Of rows, classes and groups, in their order: what a head's metadata say of its data.
std::string Sha256Of(const TrainingRows& rows);

struct TrainOptions {
  Method method = Method::kLda;
  RowForm form;
  std::optional<double> strength;  // nullopt: the best of Strengths(method)
  bool balance = true;             // classes weigh the same, whatever rows they have
  double coverage = 0.9;           // of sets, between 0 and 1
  double known_share = 0.99;       // of training rows that count as known, held out
  int folds = 5;                   // 2 to 20
  // Called after each fold, from the calling thread.
  std::function<void(int done, int of)> progress;
  Status Validate() const;
};

struct Tried {
  double strength = 0;
  double accuracy = 0;  // of held-out rows
  double log_loss = 0;  // at the best temperature
};

struct Training {
  Head head;  // target and metadata are the caller's to set
  std::vector<Tried> tried;
  Scored held_out;  // scores of the chosen strength, in the order of classes of the head
  std::vector<double> held_distances;
  int64_t not_held_out = 0;  // rows of classes with one group: nothing is known of them
};

// Classes are the different words of rows.classes, sorted. Invalid for fewer than two,
// and where no class has two groups. Memory: the rows, and the Fitter's. The result does
// not depend on threads.
Result<Training> Train(TrainingRows rows, const TrainOptions& options);

}  // namespace pomona::learn
