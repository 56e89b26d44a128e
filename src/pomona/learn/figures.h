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

// Rows whose answer has a probability in one fifteenth of 0 to 1.
struct CalibrationBin {
  int64_t rows = 0;
  double probability = 0;  // mean
  double right = 0;        // share
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
  // Mean over the classes that have pictures of the area under the ROC curve of their
  // probability against all other pictures; NaN where all are of one class.
  double auroc = 0;
  std::vector<ClassFigures> classes;
  std::vector<int64_t> confusion;  // truth x answer
  std::vector<CalibrationBin> calibration;
  std::vector<int64_t> set_sizes;  // rows by how many words their set has, from 0 on

  // As JSON, without the last three.
  std::string ToJson() const;
  // name,pictures,precision,recall,f1: a line for each class.
  std::string ClassesCsv() const;
  // A line for each class (the truth) and a column for each (the answer).
  std::string ConfusionCsv() const;
};

// answers[i] for a row of class truth[i] of `classes`. Invalid for no rows.
Result<Figures> Measure(const std::vector<std::string>& classes,
                        const std::vector<Answer>& answers,
                        const std::vector<int32_t>& truth);

// Two classes that are taken for each other.
struct Confusion {
  size_t truth = 0;
  size_t answer = 0;
  int64_t rows = 0;
  double share = 0;  // of the truth's rows
};
// Those with the most rows first, at most `most`.
std::vector<Confusion> WorstConfusions(const Figures& figures, size_t most);

// How well distances tell rows of the head's classes from `others`: the chance that one
// of the others is farther (area under the ROC curve; equal distances count half).
double Separation(std::vector<double> own, const std::vector<double>& others);

}  // namespace pomona::learn
