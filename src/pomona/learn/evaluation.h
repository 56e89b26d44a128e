// SPDX-License-Identifier: Apache-2.0
// A head on labelled rows that it has not seen.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "pomona/base/status.h"
#include "pomona/learn/figures.h"
#include "pomona/learn/labelled.h"
#include "pomona/learn/specimens.h"

namespace pomona::learn {

struct EvaluateOptions {
  LabelOptions labels;   // the target is the head's
  std::string training;  // the rows that the head was trained on; "": not known
  SpecimenOptions specimens;
};

// What the same rows say of specimens of the training and of others.
struct SpecimenFigures {
  std::optional<Figures> same;  // nullopt: no such row
  std::optional<Figures> other;
  int64_t by_group = 0;
  int64_t near = 0;
};

struct Evaluation {
  Figures figures;
  std::optional<SpecimenFigures> specimens;  // where the training's rows are known
  int64_t left_out = 0;                      // labels that do not tell the target
  int64_t other = 0;                         // of classes that the head does not have
  double other_unknown = 0;  // share of these that it says it does not know
  // 1 - cosine to the nearest class, of rows of the head's classes and of others.
  std::vector<double> distances;
  std::vector<double> other_distances;

  // Figures::ToJson with "left_out", "calibration", "set_sizes", and where there are such
  // rows "other" and "specimens".
  std::string ToJson() const;
};

// Rows of `source`. Invalid where the rows are not the head's kind, and where none is of
// its classes.
Result<Evaluation> Evaluate(const Head& head, const std::string& source,
                            EvaluateOptions options);

}  // namespace pomona::learn
