// SPDX-License-Identifier: Apache-2.0
#include "pomona/learn/training.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>
#include <set>
#include <utility>

#include "pomona/base/hash.h"
#include "pomona/stats/parallel.h"

namespace pomona::learn {
namespace {

// Rows by fold, with the moments of each.
struct Fold {
  std::vector<float> rows;
  std::vector<int32_t> classes;
  std::optional<ClassMoments> moments;
  int64_t count() const { return static_cast<int64_t>(classes.size()); }
};

Result<std::vector<Fold>> MakeFolds(TrainingRows rows,
                                    const std::vector<std::string>& classes, int count) {
  const std::vector<int> fold_of = DealFolds(rows, count);
  std::vector<Fold> folds(static_cast<size_t>(count));
  for (int64_t i = 0; i < rows.count(); ++i) {
    Fold& fold = folds[static_cast<size_t>(fold_of[static_cast<size_t>(i)])];
    const auto at = std::lower_bound(classes.begin(), classes.end(),
                                     rows.classes[static_cast<size_t>(i)]);
    fold.classes.push_back(static_cast<int32_t>(at - classes.begin()));
    const float* row = rows.rows.data() + i * rows.dim;
    fold.rows.insert(fold.rows.end(), row, row + rows.dim);
  }
  rows = {};  // copied: before the moments ask for memory
  for (Fold& fold : folds) {
    const auto dim =
        fold.count() == 0 ? 0 : static_cast<int64_t>(fold.rows.size()) / fold.count();
    if (dim == 0) continue;
    ARROW_ASSIGN_OR_RAISE(auto moments,
                          ClassMoments::Make(dim, static_cast<int64_t>(classes.size())));
    ARROW_RETURN_NOT_OK(
        moments.Update(fold.rows.data(), fold.classes.data(), fold.count()));
    moments.Flush();
    fold.moments = std::move(moments);
  }
  return folds;
}

// Of all folds but `left_out` (-1: of all), in their order.
Result<ClassMoments> MergeFolds(const std::vector<Fold>& folds, int left_out) {
  std::optional<ClassMoments> sum;
  for (int f = 0; f < static_cast<int>(folds.size()); ++f) {
    const auto& moments = folds[static_cast<size_t>(f)].moments;
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

Result<std::vector<LinearModel>> SolveAll(const Lda& lda,
                                          const std::vector<double>& shrinkages) {
  std::vector<Result<LinearModel>> results(shrinkages.size(), Status::Invalid("not run"));
  stats::internal::ParallelFor(static_cast<int64_t>(shrinkages.size()), [&](int64_t i) {
    const auto at = static_cast<size_t>(i);
    results[at] = lda.Solve(shrinkages[at]);
  });
  std::vector<LinearModel> models;
  for (auto& result : results) {
    ARROW_ASSIGN_OR_RAISE(models.emplace_back(), std::move(result));
  }
  return models;
}

// What held-out rows show, for each shrinkage.
struct HeldOut {
  std::vector<Scored> scored;
  std::vector<double> distances;
  int64_t not_held_out = 0;
};

Status HoldOut(const std::vector<Fold>& folds, int f,
               const std::vector<double>& shrinkages, HeldOut* out) {
  const Fold& fold = folds[static_cast<size_t>(f)];
  if (fold.count() == 0) return Status::OK();
  ARROW_ASSIGN_OR_RAISE(const ClassMoments moments, MergeFolds(folds, f));
  ARROW_ASSIGN_OR_RAISE(const Lda lda, Lda::Make(moments));
  ARROW_ASSIGN_OR_RAISE(const auto models, SolveAll(lda, shrinkages));
  const int64_t classes = moments.classes();
  std::vector<double> distances(static_cast<size_t>(fold.count()));
  NearestDistances(fold.rows.data(), fold.count(), moments.dim(), UnitMeans(moments),
                   distances.data());
  for (size_t s = 0; s < models.size(); ++s) {
    std::vector<double> scores(static_cast<size_t>(fold.count() * classes));
    models[s].Scores(fold.rows.data(), fold.count(), scores.data());
    Scored& scored = out->scored[s];
    for (int64_t i = 0; i < fold.count(); ++i) {
      const int32_t truth = fold.classes[static_cast<size_t>(i)];
      if (moments.count(truth) == 0) continue;  // never seen: no answer could be right
      const auto row = scores.begin() + i * classes;
      scored.scores.insert(scored.scores.end(), row, row + classes);
      scored.truth.push_back(truth);
      if (s == 0) out->distances.push_back(distances[static_cast<size_t>(i)]);
    }
  }
  return Status::OK();
}

}  // namespace

Status TrainOptions::Validate() const {
  if (shrinkage && !(*shrinkage > 0 && *shrinkage <= 1)) {
    return Status::Invalid("shrinkage ", *shrinkage, ": above 0 and at most 1 needed");
  }
  if (!(coverage > 0 && coverage < 1)) {
    return Status::Invalid("coverage ", coverage, ": between 0 and 1 needed");
  }
  if (!(known_share > 0 && known_share <= 1)) {
    return Status::Invalid("known share ", known_share, ": above 0 and at most 1 needed");
  }
  if (folds < 2 || folds > 20)
    return Status::Invalid("folds ", folds, ": 2 to 20 needed");
  return Status::OK();
}

std::vector<int> DealFolds(const TrainingRows& rows, int folds) {
  std::map<std::string, std::set<std::pair<std::string, std::string>>> groups;
  for (size_t i = 0; i < rows.classes.size(); ++i) {
    // By a hash: names often rise with time, and neighbours would fall into one fold.
    groups[rows.classes[i]].emplace(HexSha256(rows.groups[i]), rows.groups[i]);
  }
  std::map<std::pair<std::string, std::string>, int> fold_of;
  int next = 0;  // goes on from class to class, so that folds are of about one size
  for (const auto& [name, own] : groups) {
    for (const auto& [hash, group] : own) fold_of[{name, group}] = next++ % folds;
  }
  std::vector<int> dealt;
  for (size_t i = 0; i < rows.classes.size(); ++i) {
    dealt.push_back(fold_of[{rows.classes[i], rows.groups[i]}]);
  }
  return dealt;
}

Result<Training> TrainLda(TrainingRows rows, const TrainOptions& options) {
  ARROW_RETURN_NOT_OK(options.Validate());
  const std::set<std::string> names(rows.classes.begin(), rows.classes.end());
  Training training;
  Head& head = training.head;
  head.classes.assign(names.begin(), names.end());
  if (names.size() < 2) {
    return Status::Invalid("pictures of ", names.size(),
                           " class: a head tells classes apart and needs two or more");
  }
  head.method = "lda";
  head.form = options.form;
  head.coverage = options.coverage;
  const int64_t all = rows.count();
  options.form.Apply(rows.rows.data(), all, rows.dim);
  ARROW_ASSIGN_OR_RAISE(const auto folds,
                        MakeFolds(std::move(rows), head.classes, options.folds));

  std::vector<double> shrinkages(std::begin(kShrinkages), std::end(kShrinkages));
  if (options.shrinkage) shrinkages = {*options.shrinkage};
  HeldOut held;
  held.scored.resize(shrinkages.size());
  for (Scored& scored : held.scored) scored.classes = static_cast<int64_t>(names.size());
  for (int f = 0; f < options.folds; ++f) {
    ARROW_RETURN_NOT_OK(HoldOut(folds, f, shrinkages, &held));
    if (options.progress) options.progress(f + 1, options.folds + 1);
  }
  training.not_held_out = all - held.scored.front().rows();
  if (held.scored.front().rows() == 0) {
    return Status::Invalid(
        "no class has two groups: nothing can be held out to see how good the head is"
        "\nhint: name finer groups, or give pictures of a second fruit of each class");
  }
  size_t best = 0;
  for (size_t s = 0; s < shrinkages.size(); ++s) {
    const Scored& scored = held.scored[s];
    training.tried.push_back(
        {shrinkages[s], Accuracy(scored), LogLoss(scored, FitTemperature(scored))});
    if (training.tried[s].log_loss < training.tried[best].log_loss) best = s;
  }
  training.held_out = std::move(held.scored[best]);
  head.temperature = FitTemperature(training.held_out);
  head.set_threshold =
      FitSetThreshold(training.held_out, head.temperature, options.coverage);
  head.known_distance =
      std::min(2.0, ConformalQuantile(held.distances, options.known_share));
  training.held_distances = std::move(held.distances);

  ARROW_ASSIGN_OR_RAISE(const ClassMoments moments, MergeFolds(folds, -1));
  ARROW_ASSIGN_OR_RAISE(const Lda lda, Lda::Make(moments));
  ARROW_ASSIGN_OR_RAISE(head.model, lda.Solve(shrinkages[best]));
  head.centres = UnitMeans(moments);
  if (options.progress) options.progress(options.folds + 1, options.folds + 1);
  return training;
}

}  // namespace pomona::learn
