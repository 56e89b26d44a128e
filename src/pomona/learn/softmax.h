// SPDX-License-Identifier: Apache-2.0
// Multinomial logistic regression: mean log loss plus penalty / 2 times the squares of
// the weights of standardised columns (mean 0, deviation 1), at its minimum by L-BFGS.
#pragma once

#include <cstdint>
#include <vector>

#include "pomona/base/status.h"
#include "pomona/learn/linear_model.h"
#include "pomona/learn/softmax_loss.h"

namespace pomona::learn {

class Softmax {
 public:
  // The rows of all parts, finite, which stay where they are. Balanced: each class weighs
  // the same, however many rows it has; otherwise each row does. Invalid for fewer than
  // two classes with rows, and where no two rows differ.
  static Result<Softmax> Make(const std::vector<ClassedRows>& parts, int64_t dim,
                              int64_t classes, bool balance);

  // Begins where the last call ended (the first: at 0) and ends where no part of the
  // gradient is above `tolerance`, or float32 rows tell no more, or after 1,000 steps.
  // penalty: above 0. Classes without rows are never the answer (bias -inf). Parallel;
  // bits do not depend on threads. Takes 280 * dim * classes bytes beside those of the
  // loss.
  Result<LinearModel> Solve(double penalty, double tolerance = kTolerance);

  // What Solve left: the value of what it minimised, and how often it was computed.
  double objective() const { return objective_; }
  int64_t evaluations() const { return evaluations_; }

  static constexpr double kTolerance = 1e-6;

 private:
  explicit Softmax(SoftmaxLoss loss) : loss_(std::move(loss)), at_(loss_.parameters()) {}
  LinearModel Unfolded() const;

  SoftmaxLoss loss_;
  std::vector<double> at_;
  double objective_ = 0;
  int64_t evaluations_ = 0;
};

}  // namespace pomona::learn
