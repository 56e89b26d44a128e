// SPDX-License-Identifier: Apache-2.0
#include "pomona/learn/evaluation.h"

#include <algorithm>

#include "pomona/learn/head_store.h"

namespace pomona::learn {

Result<Evaluation> Evaluate(const Head& head, const std::string& source,
                            LabelOptions options) {
  ARROW_ASSIGN_OR_RAISE(options.target, ParseTarget(head.target));
  ARROW_ASSIGN_OR_RAISE(const Labelled labelled, ReadLabelled(source, options));
  const TrainingRows& rows = labelled.rows;
  ARROW_RETURN_NOT_OK(CheckHeadFits(head, labelled.metadata, rows.dim));
  ARROW_ASSIGN_OR_RAISE(const auto all, head.Predict(rows.rows.data(), rows.count()));
  Evaluation out;
  out.left_out = labelled.left_out_rows();
  std::vector<Answer> answers;
  std::vector<int32_t> truth;
  int64_t unknown = 0;
  for (size_t i = 0; i < all.size(); ++i) {
    const auto at = std::find(head.classes.begin(), head.classes.end(), rows.classes[i]);
    if (at == head.classes.end()) {
      ++out.other;
      unknown += all[i].known ? 0 : 1;
      continue;
    }
    answers.push_back(all[i]);
    truth.push_back(static_cast<int32_t>(at - head.classes.begin()));
  }
  if (answers.empty()) {
    return Status::Invalid(source,
                           ": no picture is of a class of the head (the first is '",
                           rows.classes.front(), "')");
  }
  if (out.other > 0) {
    out.other_unknown = static_cast<double>(unknown) / static_cast<double>(out.other);
  }
  ARROW_ASSIGN_OR_RAISE(out.figures, Measure(head.classes, answers, truth));
  return out;
}

}  // namespace pomona::learn
