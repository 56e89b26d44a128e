// SPDX-License-Identifier: Apache-2.0
#include "pomona/learn/fitter.h"
#include "pomona/learn/softmax.h"

namespace pomona::learn {
namespace {

// While strengths are compared; the head itself is fitted to Softmax::kTolerance.
constexpr double kRoughTolerance = 1e-5;

class SoftmaxFitter : public Fitter {
 public:
  SoftmaxFitter(const Folds& folds, bool balance) : folds_(folds), balance_(balance) {}

  Result<std::vector<LinearModel>> Fit(int left_out,
                                       const std::vector<double>& strengths) override {
    std::vector<ClassedRows> parts;
    for (int f = 0; f < static_cast<int>(folds_.folds.size()); ++f) {
      const Fold& fold = folds_.folds[static_cast<size_t>(f)];
      if (f == left_out || fold.count() == 0) continue;
      parts.push_back({fold.rows.data(), fold.classes.data(), fold.count()});
    }
    if (parts.empty()) {
      return Status::Invalid("all pictures fell into one fold: too few groups");
    }
    ARROW_ASSIGN_OR_RAISE(auto softmax,
                          Softmax::Make(parts, folds_.dim, folds_.classes, balance_));
    std::vector<LinearModel> models;
    for (const double strength : strengths) {
      // Each begins where the stronger one before it ended.
      ARROW_ASSIGN_OR_RAISE(
          models.emplace_back(),
          softmax.Solve(strength, left_out < 0 ? Softmax::kTolerance : kRoughTolerance));
    }
    return models;
  }

 private:
  const Folds& folds_;
  bool balance_;
};

}  // namespace

std::unique_ptr<Fitter> internal::MakeSoftmaxFitter(const Folds& folds, bool balance) {
  return std::make_unique<SoftmaxFitter>(folds, balance);
}

}  // namespace pomona::learn
