// SPDX-License-Identifier: Apache-2.0
// Moments of rows with the mean of every class: all that linear discriminant analysis
// needs, in one pass, and they merge.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "pomona/base/status.h"
#include "pomona/stats/moments.h"

namespace pomona::learn {

// As stats::Moments: not thread-safe, bits follow from the sequence of rows, flushes and
// merges. Memory beside it: 8 * classes * dim bytes.
class ClassMoments {
 public:
  static Result<ClassMoments> Make(int64_t dim, int64_t classes);

  // rows: n x dim, finite; classes[i]: 0 to classes() - 1.
  Status Update(const float* rows, const int32_t* classes, int64_t n);
  void Flush() { all_.Flush(); }
  // Both flushed, of the same dim and classes.
  Status Merge(const ClassMoments& other);

  int64_t dim() const { return all_.dim(); }
  int64_t classes() const { return static_cast<int64_t>(counts_.size()); }
  const stats::Moments& all() const { return all_; }
  int64_t count(int64_t c) const { return counts_[static_cast<size_t>(c)]; }
  int64_t present() const;  // classes that have rows
  // The mean of class c's rows, dim numbers; of a class without rows 0.
  std::vector<double> Mean(int64_t c) const;

 private:
  ClassMoments(stats::Moments all, int64_t classes)
      : all_(std::move(all)),
        counts_(static_cast<size_t>(classes)),
        sums_(static_cast<size_t>(classes * all_.dim())) {}

  stats::Moments all_;
  std::vector<int64_t> counts_;
  std::vector<double> sums_;  // classes x dim
};

}  // namespace pomona::learn
