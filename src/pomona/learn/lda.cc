// SPDX-License-Identifier: Apache-2.0
#include "pomona/learn/lda.h"

#include <cblas.h>
#include <lapacke.h>

#include <algorithm>
#include <cmath>

#include "pomona/stats/linear_algebra.h"
#include "pomona/stats/parallel.h"

namespace pomona::learn {
namespace {

// Row i of the within-class scatter: the total's minus that of the class means.
void WithinRow(const ClassMoments& moments, const std::vector<std::vector<double>>& means,
               int64_t i, double* row) {
  const auto total = moments.all().scatter();
  std::copy_n(total.begin() + i * (i + 1) / 2, i + 1, row);
  for (size_t c = 0; c < means.size(); ++c) {
    if (means[c].empty()) continue;
    const double* mean = means[c].data();
    const double factor =
        static_cast<double>(moments.count(static_cast<int64_t>(c))) * mean[i];
    for (int64_t j = 0; j <= i; ++j) row[j] -= factor * mean[j];
  }
}

}  // namespace

Result<Lda> Lda::Make(const ClassMoments& moments) {
  Lda lda;
  lda.dim_ = moments.dim();
  const auto mean = moments.all().mean();
  lda.centre_.assign(mean.begin(), mean.end());
  for (int64_t c = 0; c < moments.classes(); ++c) {
    auto& own = lda.means_.emplace_back();
    lda.log_priors_.push_back(std::log(static_cast<double>(moments.count(c)) /
                                       static_cast<double>(moments.all().count())));
    if (moments.count(c) == 0) continue;
    own = moments.Mean(c);
    for (size_t j = 0; j < own.size(); ++j) own[j] -= lda.centre_[j];
  }
  const int64_t freedom = moments.all().count() - moments.present();
  lda.within_.resize(static_cast<size_t>(lda.dim_ * (lda.dim_ + 1) / 2));
  std::vector<double> diagonal(static_cast<size_t>(lda.dim_));
  stats::internal::ParallelFor(lda.dim_, [&](int64_t i) {
    double* row = lda.within_.data() + i * (i + 1) / 2;
    WithinRow(moments, lda.means_, i, row);
    for (int64_t j = 0; j <= i; ++j) {
      row[j] /= static_cast<double>(std::max<int64_t>(1, freedom));
    }
    diagonal[static_cast<size_t>(i)] = row[i];
  });
  for (const double x : diagonal) lda.variance_ += std::max(0.0, x);
  lda.variance_ /= static_cast<double>(lda.dim_);
  if (freedom < 1 || lda.variance_ <= 0) {
    return Status::Invalid(
        "no class has two different pictures: there is nothing to learn from");
  }
  return lda;
}

Result<LinearModel> Lda::Solve(double shrinkage, bool balance) const {
  if (!(shrinkage > 0 && shrinkage <= 1)) {
    return Status::Invalid("shrinkage ", shrinkage, ": above 0 and at most 1 needed");
  }
  stats::UseOneBlasThread();
  const auto n = static_cast<size_t>(dim_);
  // Lower triangle by rows is LAPACK's upper one by columns.
  stats::AlignedVector square(n * n);
  for (size_t i = 0; i < n; ++i) {
    const double* row = within_.data() + i * (i + 1) / 2;
    for (size_t j = 0; j <= i; ++j) square[i * n + j] = (1 - shrinkage) * row[j];
    square[i * n + i] += shrinkage * variance_;
  }
  LinearModel model;
  model.dim = dim_;
  model.classes = static_cast<int64_t>(means_.size());
  stats::AlignedVector solved(n * means_.size());
  for (size_t c = 0; c < means_.size(); ++c) {
    std::copy(means_[c].begin(), means_[c].end(),
              solved.begin() + static_cast<int64_t>(c * n));
  }
  const auto size = static_cast<lapack_int>(dim_);
  const lapack_int info =
      LAPACKE_dposv(LAPACK_COL_MAJOR, 'U', size, static_cast<lapack_int>(means_.size()),
                    square.data(), size, solved.data(), size);
  if (info != 0) {
    return Status::Invalid(
        "the covariance of the classes cannot be inverted at shrinkage ", shrinkage,
        "; take a larger one");
  }
  model.weights.assign(solved.begin(), solved.end());
  for (size_t c = 0; c < means_.size(); ++c) {
    const bool empty = means_[c].empty();
    double bias = empty || !balance ? log_priors_[c] : 0;
    for (size_t j = 0; j < means_[c].size(); ++j) {
      // Of the rounded weights, which rows will meet.
      bias -= model.weights[c * n + j] * (centre_[j] + 0.5 * means_[c][j]);
    }
    model.bias.push_back(bias);
  }
  return model;
}

}  // namespace pomona::learn
