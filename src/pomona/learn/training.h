// SPDX-License-Identifier: Apache-2.0
// Training of a head: the strength of its shrinkage by cross-validation over groups, then
// everything that makes its answers honest (temperature, sets, distance) from the same
// rows while they were held out.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "pomona/base/status.h"
#include "pomona/learn/calibration.h"
#include "pomona/learn/head.h"

namespace pomona::learn {

struct TrainingRows {
  int64_t dim = 0;
  std::vector<float> rows;           // n x dim
  std::vector<std::string> classes;  // of each row
  // Rows of one class and group are held out together: pictures of one fruit, or of one
  // visit to a shop, resemble each other more than new ones will.
  std::vector<std::string> groups;

  int64_t count() const { return static_cast<int64_t>(classes.size()); }
};

struct TrainOptions {
  RowForm form;
  std::optional<double> shrinkage;  // nullopt: the best of kShrinkages
  double coverage = 0.9;            // of sets, between 0 and 1
  double known_share = 0.99;        // of training rows that count as known, held out
  int folds = 5;                    // 2 to 20
  // Called after each fold, from the calling thread.
  std::function<void(int done, int of)> progress;
  Status Validate() const;
};

inline constexpr double kShrinkages[] = {0.003, 0.01, 0.03, 0.1, 0.3, 0.7, 0.9};

struct Tried {
  double shrinkage = 0;
  double accuracy = 0;  // of held-out rows
  double log_loss = 0;  // at the best temperature
};

struct Training {
  Head head;  // target and metadata are the caller's to set
  std::vector<Tried> tried;
  Scored held_out;  // scores of the chosen shrinkage, in the order of classes of the head
  std::vector<double> held_distances;
  int64_t not_held_out = 0;  // rows of classes with one group: nothing is known of them
};

// Classes are the different words of rows.classes, sorted. Invalid for fewer than two,
// and where no class has two groups. Memory at d columns: 4 d^2 bytes a fold, and 12 d^2
// a thread. The result does not depend on threads.
Result<Training> TrainLda(TrainingRows rows, const TrainOptions& options);

// A fold (0 to folds - 1) for each row: groups of a class are dealt to folds in an order
// that their names decide.
std::vector<int> DealFolds(const TrainingRows& rows, int folds);

}  // namespace pomona::learn
