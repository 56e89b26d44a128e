// SPDX-License-Identifier: Apache-2.0
// Feature rows of a run with what their labels say of the target.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "pomona/base/status.h"
#include "pomona/learn/taxonomy.h"
#include "pomona/learn/training.h"
#include "pomona/table/tables.h"

namespace pomona::learn {

struct LabelOptions {
  Target target = Target::kFruit;
  std::string taxonomy;  // a CSV file; "": the built-in one
  // A regular expression over the path whose first group names what is held out together.
  // "": runs of neighbours by name, ten of each class.
  std::string group_by;
};

struct Labelled {
  TrainingRows rows;
  std::vector<std::string> paths;   // of rows
  std::vector<std::string> fruits;  // of rows; "" where the taxonomy does not tell
  table::Metadata metadata;         // of the feature files
  std::map<std::string, int64_t>
      left_out;  // labels that do not tell the target: pictures
  int64_t without_label = 0;

  int64_t left_out_rows() const;
};

// Reads `source` (a run, or its feature files). Invalid where no row is left, saying why.
// Memory: all rows.
Result<Labelled> ReadLabelled(const std::string& source, const LabelOptions& options);

// Groups of neighbours: pictures of a class in the order of their names (numbers by their
// value) cut into `runs` runs. What a class's name is follows the run's number.
std::vector<std::string> NeighbourGroups(const std::vector<std::string>& paths,
                                         const std::vector<std::string>& classes,
                                         int runs);

}  // namespace pomona::learn
