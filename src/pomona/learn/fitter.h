// SPDX-License-Identifier: Apache-2.0
// What training needs of a kind of head. A new kind is an implementation and a line in
// MakeFitter.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "pomona/base/status.h"
#include "pomona/learn/folds.h"
#include "pomona/learn/linear_model.h"

namespace pomona::learn {

enum class Method { kLda, kSoftmax };
std::string_view MethodName(Method method);  // "lda", "softmax"
Result<Method> ParseMethod(std::string_view name);
// What pulls weights towards 0: "shrinkage" (above 0, at most 1), "penalty" (above 0).
std::string_view StrengthName(Method method);
Status CheckStrength(Method method, double strength);
// Those that cross-validation tries, the strongest first.
std::vector<double> Strengths(Method method);

class Fitter {
 public:
  virtual ~Fitter() = default;
  // A model for each of `strengths` (the strongest first) from all folds but `left_out`
  // (-1: from all). Invalid where their rows are too few. Bits do not depend on threads.
  virtual Result<std::vector<LinearModel>> Fit(int left_out,
                                               const std::vector<double>& strengths) = 0;
};

// Folds must outlive it. Balanced: classes weigh the same, however many rows they have.
// Memory at d columns: LDA 4 d^2 bytes a fold, and 12 d^2 a thread; softmax as Softmax.
Result<std::unique_ptr<Fitter>> MakeFitter(Method method, const Folds& folds,
                                           bool balance);

namespace internal {
Result<std::unique_ptr<Fitter>> MakeLdaFitter(const Folds& folds, bool balance);
std::unique_ptr<Fitter> MakeSoftmaxFitter(const Folds& folds, bool balance);
}  // namespace internal

}  // namespace pomona::learn
