// SPDX-License-Identifier: Apache-2.0
// The mean of every class, and with it the moments of all rows: all that linear
// discriminant analysis needs, in one pass, and they merge.
#pragma once

#include <cstdint>
#include <vector>

#include "pomona/base/status.h"
#include "pomona/stats/moments.h"

namespace pomona::learn {

// Memory: 8 * classes * dim bytes. Not thread-safe.
class ClassMeans {
 public:
  // classes: at least 1.
  ClassMeans(int64_t dim, int64_t classes)
      : dim_(dim),
        counts_(static_cast<size_t>(classes)),
        sums_(static_cast<size_t>(classes * dim)) {}

  // rows: n x dim; classes[i]: 0 to classes() - 1.
  void Update(const float* rows, const int32_t* classes, int64_t n);
  Status Merge(const ClassMeans& other);  // of the same dim and classes

  int64_t dim() const { return dim_; }
  int64_t classes() const { return static_cast<int64_t>(counts_.size()); }
  int64_t count(int64_t c) const { return counts_[static_cast<size_t>(c)]; }
  int64_t present() const;  // classes that have rows
  // The mean of class c's rows, dim numbers; of a class without rows 0.
  std::vector<double> Mean(int64_t c) const;

 private:
  int64_t dim_;
  std::vector<int64_t> counts_;
  std::vector<double> sums_;  // classes x dim
};

// As stats::Moments: not thread-safe, bits follow from the sequence of rows, flushes and
// merges.
class ClassMoments {
 public:
  static Result<ClassMoments> Make(int64_t dim, int64_t classes);

  // rows: n x dim, finite; classes[i]: 0 to classes() - 1.
  Status Update(const float* rows, const int32_t* classes, int64_t n);
  void Flush() { all_.Flush(); }
  // Both flushed, of the same dim and classes.
  Status Merge(const ClassMoments& other);

  int64_t dim() const { return all_.dim(); }
  int64_t classes() const { return means_.classes(); }
  const stats::Moments& all() const { return all_; }
  int64_t count(int64_t c) const { return means_.count(c); }
  int64_t present() const { return means_.present(); }
  std::vector<double> Mean(int64_t c) const { return means_.Mean(c); }

 private:
  ClassMoments(stats::Moments all, int64_t classes)
      : all_(std::move(all)), means_(all_.dim(), classes) {}

  stats::Moments all_;
  ClassMeans means_;
};

}  // namespace pomona::learn
