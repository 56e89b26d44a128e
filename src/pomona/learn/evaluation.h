// SPDX-License-Identifier: Apache-2.0
// A head on labelled rows that it has not seen.
#pragma once

#include <string>

#include "pomona/base/status.h"
#include "pomona/learn/figures.h"
#include "pomona/learn/labelled.h"

namespace pomona::learn {

struct Evaluation {
  Figures figures;
  int64_t left_out = 0;      // labels that do not tell the target
  int64_t other = 0;         // of classes that the head does not have
  double other_unknown = 0;  // share of these that it says it does not know
};

// Rows of `source`; the target of `options` is the head's. Invalid where the rows are not
// the head's kind, and where none is of its classes.
Result<Evaluation> Evaluate(const Head& head, const std::string& source,
                            LabelOptions options);

}  // namespace pomona::learn
