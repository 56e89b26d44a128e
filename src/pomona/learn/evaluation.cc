// SPDX-License-Identifier: Apache-2.0
#include "pomona/learn/evaluation.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "pomona/learn/head_store.h"

namespace pomona::learn {
namespace {

using OrderedJson = nlohmann::ordered_json;

// Answers for rows of the head's classes.
struct Known {
  std::vector<Answer> answers;
  std::vector<int32_t> truth;
  std::vector<char> seen;  // specimens of the training; empty: not known
};

// Of the rows whose specimen is seen (1) or not (0); nullopt: there are none.
Result<std::optional<Figures>> MeasureWhere(const Head& head, const Known& known,
                                            char seen) {
  std::vector<Answer> answers;
  std::vector<int32_t> truth;
  for (size_t i = 0; i < known.truth.size(); ++i) {
    if (known.seen[i] != seen) continue;
    answers.push_back(known.answers[i]);
    truth.push_back(known.truth[i]);
  }
  if (answers.empty()) return std::nullopt;
  ARROW_ASSIGN_OR_RAISE(auto figures, Measure(head.classes, answers, truth));
  return figures;
}

Result<Specimens> Compare(const Head& head, const TrainingRows& rows,
                          const EvaluateOptions& options) {
  ARROW_ASSIGN_OR_RAISE(const Labelled training,
                        ReadLabelled(options.training, options.labels));
  const auto fits = CheckHeadFits(head, training.metadata, training.rows.dim);
  if (!fits.ok()) return fits.WithMessage(options.training, ": ", fits.message());
  SpecimenOptions how = options.specimens;
  how.by_group = !options.labels.group_by.empty();
  return FindSpecimens(rows, training.rows, head.form, how);
}

OrderedJson Brief(const std::optional<Figures>& figures) {
  if (!figures) return {{"pictures", 0}};
  OrderedJson json = OrderedJson::parse(figures->ToJson());
  json.erase("classes");
  return json;
}

}  // namespace

Result<Evaluation> Evaluate(const Head& head, const std::string& source,
                            EvaluateOptions options) {
  ARROW_ASSIGN_OR_RAISE(options.labels.target, ParseTarget(head.target));
  ARROW_ASSIGN_OR_RAISE(const Labelled labelled, ReadLabelled(source, options.labels));
  const TrainingRows& rows = labelled.rows;
  ARROW_RETURN_NOT_OK(CheckHeadFits(head, labelled.metadata, rows.dim));
  ARROW_ASSIGN_OR_RAISE(const auto all, head.Predict(rows.rows.data(), rows.count()));
  Evaluation out;
  Specimens specimens;
  if (!options.training.empty()) {
    ARROW_ASSIGN_OR_RAISE(specimens, Compare(head, rows, options));
  }
  out.left_out = labelled.left_out_rows();
  Known known;
  int64_t unknown = 0;
  for (size_t i = 0; i < all.size(); ++i) {
    const auto at = std::find(head.classes.begin(), head.classes.end(), rows.classes[i]);
    if (at == head.classes.end()) {
      ++out.other;
      unknown += all[i].known ? 0 : 1;
      out.other_distances.push_back(all[i].distance);
      continue;
    }
    known.answers.push_back(all[i]);
    known.truth.push_back(static_cast<int32_t>(at - head.classes.begin()));
    if (!specimens.seen.empty()) known.seen.push_back(specimens.seen[i]);
    out.distances.push_back(all[i].distance);
  }
  if (known.answers.empty()) {
    return Status::Invalid(source,
                           ": no picture is of a class of the head (the first is '",
                           rows.classes.front(), "')");
  }
  if (out.other > 0) {
    out.other_unknown = static_cast<double>(unknown) / static_cast<double>(out.other);
  }
  ARROW_ASSIGN_OR_RAISE(out.figures, Measure(head.classes, known.answers, known.truth));
  if (!known.seen.empty()) {
    auto& split = out.specimens.emplace();
    split.by_group = specimens.by_group;
    split.near = specimens.near;
    ARROW_ASSIGN_OR_RAISE(split.same, MeasureWhere(head, known, 1));
    ARROW_ASSIGN_OR_RAISE(split.other, MeasureWhere(head, known, 0));
  }
  return out;
}

std::string Evaluation::ToJson() const {
  OrderedJson json = OrderedJson::parse(figures.ToJson());
  json["left_out"] = left_out;
  auto& bins = json["calibration"] = OrderedJson::array();
  for (const CalibrationBin& bin : figures.calibration) {
    bins.push_back(
        {{"pictures", bin.rows}, {"probability", bin.probability}, {"right", bin.right}});
  }
  json["set_sizes"] = figures.set_sizes;
  if (other > 0) {
    json["other"] = {{"pictures", other},
                     {"unknown", other_unknown},
                     {"auroc", Separation(distances, other_distances)}};
  }
  if (specimens) {
    json["specimens"] = {{"by_group", specimens->by_group},
                         {"near", specimens->near},
                         {"same", Brief(specimens->same)},
                         {"other", Brief(specimens->other)}};
  }
  return json.dump(2) + "\n";
}

}  // namespace pomona::learn
