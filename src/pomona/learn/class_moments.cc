// SPDX-License-Identifier: Apache-2.0
#include "pomona/learn/class_moments.h"

#include <algorithm>

namespace pomona::learn {

Result<ClassMoments> ClassMoments::Make(int64_t dim, int64_t classes) {
  if (classes < 1) return Status::Invalid("a head needs classes");
  ARROW_ASSIGN_OR_RAISE(auto all, stats::Moments::Make(dim));
  return ClassMoments(std::move(all), classes);
}

Status ClassMoments::Update(const float* rows, const int32_t* classes, int64_t n) {
  ARROW_RETURN_NOT_OK(all_.Update(rows, n));
  const int64_t width = dim();
  for (int64_t i = 0; i < n; ++i) {
    ++counts_[static_cast<size_t>(classes[i])];
    double* sum = sums_.data() + classes[i] * width;
    for (int64_t j = 0; j < width; ++j) sum[j] += rows[i * width + j];
  }
  return Status::OK();
}

Status ClassMoments::Merge(const ClassMoments& other) {
  if (other.classes() != classes()) {
    return Status::Invalid("states of ", classes(), " and ", other.classes(), " classes");
  }
  ARROW_RETURN_NOT_OK(all_.Merge(other.all_));
  for (size_t c = 0; c < counts_.size(); ++c) counts_[c] += other.counts_[c];
  for (size_t i = 0; i < sums_.size(); ++i) sums_[i] += other.sums_[i];
  return Status::OK();
}

int64_t ClassMoments::present() const {
  return std::count_if(counts_.begin(), counts_.end(), [](int64_t n) { return n > 0; });
}

std::vector<double> ClassMoments::Mean(int64_t c) const {
  const double* sum = sums_.data() + c * dim();
  std::vector<double> mean(sum, sum + dim());
  const auto n = static_cast<double>(std::max<int64_t>(1, count(c)));
  for (double& x : mean) x /= n;
  return mean;
}

}  // namespace pomona::learn
