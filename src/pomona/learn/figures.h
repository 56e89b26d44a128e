// SPDX-License-Identifier: Apache-2.0
// How good answers are.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "pomona/base/status.h"
#include "pomona/learn/head.h"

namespace pomona::learn {

struct ClassFigures {
  std::string name;
  int64_t pictures = 0;  // that are of this class
  int64_t answered = 0;  // that are said to be
  int64_t right = 0;
  double precision() const;  // 0 where nothing is said to be
  double recall() const;     // 0 where nothing is
  double f1() const;
};

struct Figures {
  int64_t rows = 0;
  double accuracy = 0;
  double macro_f1 = 0;  // mean over the classes that have pictures
  // Expected calibration error: how far the probability of the answer is from how often
  // it is right, in 15 bins of equal width (Guo et al. 2017).
  double calibration_error = 0;
  double log_loss = 0;
  double coverage = 0;  // rows whose set holds the truth
  double set_size = 0;  // mean
  double unknown = 0;   // rows that the head says it does not know
  std::vector<ClassFigures> classes;
  std::vector<int64_t> confusion;  // truth x answer

  // As JSON, without the confusion.
  std::string ToJson() const;
};

// answers[i] for a row of class truth[i] of `classes`. Invalid for no rows.
Result<Figures> Measure(const std::vector<std::string>& classes,
                        const std::vector<Answer>& answers,
                        const std::vector<int32_t>& truth);

}  // namespace pomona::learn
