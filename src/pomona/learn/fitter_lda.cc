// SPDX-License-Identifier: Apache-2.0
#include <optional>
#include <utility>

#include "pomona/learn/fitter.h"
#include "pomona/learn/lda.h"
#include "pomona/stats/parallel.h"

namespace pomona::learn {
namespace {

// Refits from the merged moments of folds, not from rows.
class LdaFitter : public Fitter {
 public:
  static Result<std::unique_ptr<Fitter>> Make(const Folds& folds, bool balance) {
    auto fitter = std::make_unique<LdaFitter>();
    fitter->balance_ = balance;
    for (const Fold& fold : folds.folds) {
      auto& own = fitter->moments_.emplace_back();
      if (fold.count() == 0) continue;
      ARROW_ASSIGN_OR_RAISE(own, ClassMoments::Make(folds.dim, folds.classes));
      ARROW_RETURN_NOT_OK(
          own->Update(fold.rows.data(), fold.classes.data(), fold.count()));
      own->Flush();
    }
    return fitter;
  }

  Result<std::vector<LinearModel>> Fit(int left_out,
                                       const std::vector<double>& strengths) override {
    ARROW_ASSIGN_OR_RAISE(const ClassMoments moments, Merge(left_out));
    ARROW_ASSIGN_OR_RAISE(const Lda lda, Lda::Make(moments));
    std::vector<Result<LinearModel>> results(strengths.size(),
                                             Status::Invalid("not run"));
    stats::internal::ParallelFor(static_cast<int64_t>(strengths.size()), [&](int64_t i) {
      const auto at = static_cast<size_t>(i);
      results[at] = lda.Solve(strengths[at], balance_);
    });
    std::vector<LinearModel> models;
    for (auto& result : results) {
      ARROW_ASSIGN_OR_RAISE(models.emplace_back(), std::move(result));
    }
    return models;
  }

 private:
  Result<ClassMoments> Merge(int left_out) const {
    std::optional<ClassMoments> sum;
    for (int f = 0; f < static_cast<int>(moments_.size()); ++f) {
      const auto& moments = moments_[static_cast<size_t>(f)];
      if (f == left_out || !moments) continue;
      if (!sum) {
        sum = *moments;
      } else {
        ARROW_RETURN_NOT_OK(sum->Merge(*moments));
      }
    }
    if (!sum) return Status::Invalid("all pictures fell into one fold: too few groups");
    return *std::move(sum);
  }

  bool balance_ = true;
  std::vector<std::optional<ClassMoments>> moments_;  // of each fold that has rows
};

}  // namespace

Result<std::unique_ptr<Fitter>> internal::MakeLdaFitter(const Folds& folds,
                                                        bool balance) {
  return LdaFitter::Make(folds, balance);
}

}  // namespace pomona::learn
