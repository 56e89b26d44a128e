// SPDX-License-Identifier: Apache-2.0
#include "pomona/learn/training.h"

#include <algorithm>
#include <set>
#include <utility>

#include "pomona/base/hash.h"

namespace pomona::learn {
namespace {

// What held-out rows show, for each strength.
struct HeldOut {
  std::vector<Scored> scored;
  std::vector<double> distances;
};

Status HoldOut(const Folds& folds, int f, const std::vector<double>& strengths,
               Fitter* fitter, HeldOut* out) {
  const Fold& fold = folds.folds[static_cast<size_t>(f)];
  if (fold.count() == 0) return Status::OK();
  ARROW_ASSIGN_OR_RAISE(const auto models, fitter->Fit(f, strengths));
  const ClassMeans means = folds.MeansWithout(f);
  std::vector<double> distances(static_cast<size_t>(fold.count()));
  NearestDistances(fold.rows.data(), fold.count(), folds.dim, UnitMeans(means),
                   distances.data());
  for (size_t s = 0; s < models.size(); ++s) {
    std::vector<double> scores(static_cast<size_t>(fold.count() * folds.classes));
    models[s].Scores(fold.rows.data(), fold.count(), scores.data());
    Scored& scored = out->scored[s];
    for (int64_t i = 0; i < fold.count(); ++i) {
      const int32_t truth = fold.classes[static_cast<size_t>(i)];
      if (means.count(truth) == 0) continue;  // never seen: no answer could be right
      const auto row = scores.begin() + i * folds.classes;
      scored.scores.insert(scored.scores.end(), row, row + folds.classes);
      scored.truth.push_back(truth);
      if (s == 0) out->distances.push_back(distances[static_cast<size_t>(i)]);
    }
  }
  return Status::OK();
}

// Scores all strengths, and keeps what the best one's rows say.
double Choose(const std::vector<double>& strengths, HeldOut held,
              const TrainOptions& options, Training* training) {
  size_t best = 0;
  for (size_t s = 0; s < strengths.size(); ++s) {
    const Scored& scored = held.scored[s];
    training->tried.push_back(
        {strengths[s], Accuracy(scored), LogLoss(scored, FitTemperature(scored))});
    if (training->tried[s].log_loss < training->tried[best].log_loss) best = s;
  }
  Head& head = training->head;
  training->held_out = std::move(held.scored[best]);
  head.temperature = FitTemperature(training->held_out);
  head.set_threshold =
      FitSetThreshold(training->held_out, head.temperature, options.coverage);
  head.known_distance =
      std::min(2.0, ConformalQuantile(held.distances, options.known_share));
  training->held_distances = std::move(held.distances);
  return strengths[best];
}

}  // namespace

std::string Sha256Of(const TrainingRows& rows) {
  Sha256 hash;
  hash.Update({reinterpret_cast<const char*>(rows.rows.data()),
               rows.rows.size() * sizeof(float)});
  for (const auto* texts : {&rows.classes, &rows.groups}) {
    for (const std::string& text : *texts) {
      hash.Update(text);
      hash.Update(std::string_view("\0", 1));
    }
  }
  return hash.HexDigest();
}

Status TrainOptions::Validate() const {
  if (strength) ARROW_RETURN_NOT_OK(CheckStrength(method, *strength));
  if (!(coverage > 0 && coverage < 1)) {
    return Status::Invalid("coverage ", coverage, ": between 0 and 1 needed");
  }
  if (!(known_share > 0 && known_share <= 1)) {
    return Status::Invalid("known share ", known_share, ": above 0 and at most 1 needed");
  }
  if (folds < 2 || folds > 20) {
    return Status::Invalid("folds ", folds, ": 2 to 20 needed");
  }
  return Status::OK();
}

Result<Training> Train(TrainingRows rows, const TrainOptions& options) {
  ARROW_RETURN_NOT_OK(options.Validate());
  const std::set<std::string> names(rows.classes.begin(), rows.classes.end());
  Training training;
  Head& head = training.head;
  head.classes.assign(names.begin(), names.end());
  if (names.size() < 2) {
    return Status::Invalid("pictures of ", names.size(),
                           " class: a head tells classes apart and needs two or more");
  }
  ARROW_RETURN_NOT_OK(CheckFinite(rows.rows.data(), rows.count(), rows.dim));
  head.method = MethodName(options.method);
  head.form = options.form;
  head.coverage = options.coverage;
  const int64_t all = rows.count();
  options.form.Apply(rows.rows.data(), all, rows.dim);
  const Folds folds = MakeFolds(std::move(rows), head.classes, options.folds);
  ARROW_ASSIGN_OR_RAISE(const auto fitter,
                        MakeFitter(options.method, folds, options.balance));

  auto strengths = Strengths(options.method);
  if (options.strength) strengths = {*options.strength};
  HeldOut held;
  held.scored.resize(strengths.size());
  for (Scored& scored : held.scored) scored.classes = folds.classes;
  for (int f = 0; f < options.folds; ++f) {
    ARROW_RETURN_NOT_OK(HoldOut(folds, f, strengths, fitter.get(), &held));
    if (options.progress) options.progress(f + 1, options.folds + 1);
  }
  training.not_held_out = all - held.scored.front().rows();
  if (held.scored.front().rows() == 0) {
    return Status::Invalid(
        "no class has two groups: nothing can be held out to see how good the head is"
        "\nhint: name finer groups, or give pictures of a second fruit of each class");
  }
  const double strength = Choose(strengths, std::move(held), options, &training);
  ARROW_ASSIGN_OR_RAISE(auto models, fitter->Fit(-1, {strength}));
  head.model = std::move(models.front());
  head.centres = UnitMeans(folds.MeansWithout(-1));
  if (options.progress) options.progress(options.folds + 1, options.folds + 1);
  return training;
}

}  // namespace pomona::learn
