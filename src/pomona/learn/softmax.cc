// SPDX-License-Identifier: Apache-2.0
#include "pomona/learn/softmax.h"

#include <lbfgs.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>

namespace pomona::learn {
namespace {

constexpr int kSteps = 1000;
constexpr int kRemembered = 10;  // steps from which L-BFGS knows the curvature
constexpr int kFound = 1;        // what Watch ends the search with

// What libLBFGS hands back to its callbacks.
struct Search {
  SoftmaxLoss* loss;
  double penalty;
  double tolerance;
  int64_t evaluations = 0;
};

double Evaluate(void* instance, const double* x, double* gradient, int n, double) {
  auto& search = *static_cast<Search*>(instance);
  ++search.evaluations;
  double value = search.loss->Evaluate(x, gradient);
  const int64_t weights = n - search.loss->present();
  double squares = 0;
  for (int64_t i = 0; i < weights; ++i) {
    squares += x[i] * x[i];
    gradient[i] += search.penalty * x[i];
  }
  value += search.penalty / 2 * squares;
  return value;
}

int Watch(void* instance, const double*, const double* gradient, double, double, double,
          double, int n, int, int) {
  const auto& search = *static_cast<const Search*>(instance);
  double most = 0;
  for (int i = 0; i < n; ++i) most = std::max(most, std::abs(gradient[i]));
  return most <= search.tolerance ? kFound : 0;
}

}  // namespace

Result<Softmax> Softmax::Make(const std::vector<ClassedRows>& parts, int64_t dim,
                              int64_t classes, bool balance) {
  ARROW_ASSIGN_OR_RAISE(auto loss, SoftmaxLoss::Make(parts, dim, classes, balance));
  return Softmax(std::move(loss));
}

Result<LinearModel> Softmax::Solve(double penalty, double tolerance) {
  if (!(penalty > 0) || !std::isfinite(penalty)) {
    return Status::Invalid("penalty ", penalty, ": above 0 needed");
  }
  // As the library allocates: it may want its own alignment.
  const auto n = static_cast<int>(at_.size());
  const std::unique_ptr<double, void (*)(double*)> x(lbfgs_malloc(n), &lbfgs_free);
  if (!x) return Status::OutOfMemory("no memory for ", n, " weights");
  std::copy(at_.begin(), at_.end(), x.get());
  lbfgs_parameter_t parameters;
  lbfgs_parameter_init(&parameters);
  parameters.m = kRemembered;
  parameters.epsilon = 0;  // Watch ends it
  parameters.max_iterations = kSteps;
  Search search{&loss_, penalty, tolerance};
  const int ended =
      lbfgs(n, x.get(), &objective_, &Evaluate, &Watch, &search, &parameters);
  evaluations_ += search.evaluations;
  // A line search that finds nothing lower, and the last step, leave the best point so
  // far.
  if (ended == LBFGSERR_OUTOFMEMORY || ended == LBFGSERR_LOGICERROR) {
    return Status::UnknownError("L-BFGS ended with ", ended);
  }
  std::copy_n(x.get(), at_.size(), at_.begin());
  if (!std::all_of(at_.begin(), at_.end(), [](double w) { return std::isfinite(w); })) {
    return Status::Invalid("the weights of the softmax are not finite at penalty ",
                           penalty, "; take a larger one");
  }
  return Unfolded();
}

LinearModel Softmax::Unfolded() const {
  LinearModel model;
  model.dim = loss_.dim();
  model.classes = static_cast<int64_t>(loss_.slots().size());
  model.weights.resize(static_cast<size_t>(model.classes * model.dim));
  const double* biases = at_.data() + loss_.present() * model.dim;
  for (size_t c = 0; c < loss_.slots().size(); ++c) {
    const int32_t slot = loss_.slots()[c];
    model.bias.push_back(slot < 0 ? -std::numeric_limits<double>::infinity()
                                  : biases[slot]);
    if (slot < 0) continue;
    const double* from = at_.data() + slot * model.dim;
    float* to = model.weights.data() + static_cast<int64_t>(c) * model.dim;
    for (size_t j = 0; j < loss_.mean().size(); ++j) {
      to[j] = static_cast<float>(from[j] * loss_.inverse()[j]);
      // Of the rounded weights, which rows will meet.
      model.bias[c] -= to[j] * loss_.mean()[j];
    }
  }
  return model;
}

}  // namespace pomona::learn
