// SPDX-License-Identifier: Apache-2.0
#include "figures_text.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "info.h"
#include "text.h"

namespace pomona::cli {
namespace {

std::string MostTakenFor(const learn::Figures& figures, size_t truth) {
  const size_t count = figures.classes.size();
  size_t most = truth;
  for (size_t c = 0; c < count; ++c) {
    if (c == truth) continue;
    const int64_t n = figures.confusion[truth * count + c];
    if (n > 0 && (most == truth || n > figures.confusion[truth * count + most])) most = c;
  }
  if (most == truth) return "";
  return figures.classes[most].name + " " +
         std::to_string(figures.confusion[truth * count + most]);
}

}  // namespace

std::string FiguresText(const learn::Figures& figures, double coverage) {
  return Field("pictures", Count(figures.rows)) +
         Field("accuracy", Percent(figures.accuracy)) +
         Field("macro F1", Percent(figures.macro_f1)) +
         Field("calibration", Percent(figures.calibration_error) +
                                  " mean error of its "
                                  "probabilities") +
         Field("candidates", Percent(figures.coverage) + " hold the truth (promised " +
                                 Percent(coverage) + "), " + Fixed(figures.set_size, 2) +
                                 " words each") +
         Field("don't know", Percent(figures.unknown));
}

std::string ClassesText(const learn::Figures& figures) {
  std::vector<size_t> order;
  for (size_t c = 0; c < figures.classes.size(); ++c) {
    if (figures.classes[c].pictures > 0) order.push_back(c);
  }
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return figures.classes[a].f1() < figures.classes[b].f1();
  });
  std::vector<std::vector<std::string>> rows = {
      {"class", "pictures", "precision", "recall", "F1", "taken for"}};
  for (const size_t c : order) {
    const auto& own = figures.classes[c];
    rows.push_back({own.name, Count(own.pictures), Percent(own.precision()),
                    Percent(own.recall()), Percent(own.f1()), MostTakenFor(figures, c)});
  }
  return Table(rows);
}

}  // namespace pomona::cli
