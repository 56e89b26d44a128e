// SPDX-License-Identifier: Apache-2.0
#include "pomona/learn/fitter.h"

#include <cmath>
#include <cstdio>

namespace pomona::learn {
namespace {

struct Kind {
  Method method;
  const char* name;
  const char* strength;
  double most;
  std::vector<double> tried;
};

const std::vector<Kind>& Kinds() {
  static const std::vector<Kind> kinds = {
      {Method::kLda, "lda", "shrinkage", 1, {0.9, 0.7, 0.3, 0.1, 0.03, 0.01, 0.003}},
      {Method::kSoftmax, "softmax", "penalty", 1e6, {1e-1, 3e-2, 1e-2, 3e-3, 1e-3, 1e-4}},
  };
  return kinds;
}

const Kind& KindOf(Method method) {
  return method == Method::kLda ? Kinds().front() : Kinds().back();
}

}  // namespace

std::string_view MethodName(Method method) { return KindOf(method).name; }
std::string_view StrengthName(Method method) { return KindOf(method).strength; }
std::vector<double> Strengths(Method method) { return KindOf(method).tried; }

Result<Method> ParseMethod(std::string_view name) {
  for (const Kind& kind : Kinds()) {
    if (name == kind.name) return kind.method;
  }
  return Status::Invalid("method '", name, "'; it must be one of: lda, softmax");
}

Status CheckStrength(Method method, double strength) {
  const Kind& kind = KindOf(method);
  if (strength > 0 && strength <= kind.most) return Status::OK();
  char numbers[80];
  std::snprintf(numbers, sizeof(numbers), " %g: above 0 and at most %g needed", strength,
                kind.most);
  return Status::Invalid(kind.strength, numbers);
}

Result<std::unique_ptr<Fitter>> MakeFitter(Method method, const Folds& folds,
                                           bool balance) {
  if (method == Method::kLda) return internal::MakeLdaFitter(folds, balance);
  return internal::MakeSoftmaxFitter(folds, balance);
}

}  // namespace pomona::learn
