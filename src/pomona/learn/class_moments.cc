// SPDX-License-Identifier: Apache-2.0
#include "pomona/learn/class_moments.h"

#include <algorithm>

namespace pomona::learn {

void ClassMeans::Update(const float* rows, const int32_t* classes, int64_t n) {
  for (int64_t i = 0; i < n; ++i) {
    ++counts_[static_cast<size_t>(classes[i])];
    double* sum = sums_.data() + classes[i] * dim_;
    for (int64_t j = 0; j < dim_; ++j) sum[j] += rows[i * dim_ + j];
  }
}

Status ClassMeans::Merge(const ClassMeans& other) {
  if (other.classes() != classes() || other.dim() != dim()) {
    return Status::Invalid("states of ", classes(), " and ", other.classes(),
                           " classes, ", dim(), " and ", other.dim(), " columns");
  }
  for (size_t c = 0; c < counts_.size(); ++c) counts_[c] += other.counts_[c];
  for (size_t i = 0; i < sums_.size(); ++i) sums_[i] += other.sums_[i];
  return Status::OK();
}

int64_t ClassMeans::present() const {
  return std::count_if(counts_.begin(), counts_.end(), [](int64_t n) { return n > 0; });
}

std::vector<double> ClassMeans::Mean(int64_t c) const {
  const double* sum = sums_.data() + c * dim_;
  std::vector<double> mean(sum, sum + dim_);
  const auto n = static_cast<double>(std::max<int64_t>(1, count(c)));
  for (double& x : mean) x /= n;
  return mean;
}

Result<ClassMoments> ClassMoments::Make(int64_t dim, int64_t classes) {
  if (classes < 1) return Status::Invalid("a head needs classes");
  ARROW_ASSIGN_OR_RAISE(auto all, stats::Moments::Make(dim));
  return ClassMoments(std::move(all), classes);
}

Status ClassMoments::Update(const float* rows, const int32_t* classes, int64_t n) {
  ARROW_RETURN_NOT_OK(all_.Update(rows, n));
  means_.Update(rows, classes, n);
  return Status::OK();
}

Status ClassMoments::Merge(const ClassMoments& other) {
  ARROW_RETURN_NOT_OK(means_.Merge(other.means_));
  return all_.Merge(other.all_);
}

}  // namespace pomona::learn
