// SPDX-License-Identifier: Apache-2.0
// Labelled rows, dealt to folds that are held out in turn.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "pomona/learn/class_moments.h"

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

// A fold (0 to folds - 1) for each row: groups of a class are dealt to folds in an order
// that their names decide.
std::vector<int> DealFolds(const TrainingRows& rows, int folds);

struct Fold {
  std::vector<float> rows;
  std::vector<int32_t> classes;
  int64_t count() const { return static_cast<int64_t>(classes.size()); }
};

struct Folds {
  int64_t dim = 0;
  int64_t classes = 0;
  std::vector<Fold> folds;

  // The mean rows of all folds but `left_out` (-1: of all).
  ClassMeans MeansWithout(int left_out) const;
};

// `classes`: all of the rows, sorted. Takes the rows' memory once more while it copies.
Folds MakeFolds(TrainingRows rows, const std::vector<std::string>& classes, int count);

}  // namespace pomona::learn
