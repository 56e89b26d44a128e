// SPDX-License-Identifier: Apache-2.0
// Which rows show a specimen that the training has seen: figures of such rows flatter.
#pragma once

#include <cstdint>
#include <vector>

#include "pomona/base/status.h"
#include "pomona/learn/folds.h"
#include "pomona/learn/head.h"

namespace pomona::learn {

struct SpecimenOptions {
  // Rows of a class and group of the training are of its specimens. false: the groups of
  // the rows say nothing.
  bool by_group = false;
  // So are rows that are nearly those of the training: a cosine of at least this with a
  // row of the same class, both in the head's form.
  double near_cosine = 0.98;
};

struct Specimens {
  std::vector<char> seen;  // of each row: 1 where its specimen stands in the training
  int64_t by_group = 0;    // rows found by their group
  int64_t near = 0;        // rows found by their cosine, not by their group
};

// Parallel. Takes both sides' memory once more. Invalid where columns differ.
Result<Specimens> FindSpecimens(const TrainingRows& rows, const TrainingRows& training,
                                const RowForm& form, const SpecimenOptions& options);

}  // namespace pomona::learn
