// SPDX-License-Identifier: Apache-2.0
// Linear discriminant analysis with a shrunken covariance: classes share one covariance,
// pulled towards a multiple of the unit matrix (Friedman 1989, formula 18), so that it
// can be inverted where columns outnumber rows. Closed form, from ClassMoments alone.
#pragma once

#include <cstdint>
#include <vector>

#include "pomona/base/status.h"
#include "pomona/learn/class_moments.h"
#include "pomona/learn/linear_model.h"
#include "pomona/stats/aligned.h"

namespace pomona::learn {

// What shrinkages have in common: one covariance serves them all.
class Lda {
 public:
  // Takes 4 * dim^2 bytes. Invalid where no class has two different rows.
  static Result<Lda> Make(const ClassMoments& moments);
  // With the covariance (1 - s) S + s trace(S) / dim I, s in (0, 1]. Balanced: equal
  // priors (a class with more pictures is not more likely for that), otherwise those of
  // the rows. Takes 8 * dim^2 bytes and uses one thread; any thread.
  Result<LinearModel> Solve(double shrinkage, bool balance = true) const;

 private:
  Lda() = default;

  int64_t dim_ = 0;
  stats::AlignedVector within_;  // lower triangle by rows, (i, j) at i (i + 1) / 2 + j
  double variance_ = 0;          // mean of its diagonal
  std::vector<double> centre_;   // mean of all rows
  std::vector<std::vector<double>>
      means_;                       // minus centre_; empty for a class without rows
  std::vector<double> log_priors_;  // -inf for such a class
};

}  // namespace pomona::learn
