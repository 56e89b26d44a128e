// SPDX-License-Identifier: Apache-2.0
#include "pomona/learn/figures.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <nlohmann/json.hpp>

namespace pomona::learn {
namespace {

double Share(int64_t part, int64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

double CalibrationError(const std::vector<Answer>& answers,
                        const std::vector<int32_t>& truth) {
  constexpr size_t kBins = 15;
  std::array<double, kBins> gap{};  // sum of probability less right
  for (size_t i = 0; i < answers.size(); ++i) {
    const double p = answers[i].probabilities[static_cast<size_t>(answers[i].best)];
    const auto bin = std::min(kBins - 1, static_cast<size_t>(p * kBins));
    gap[bin] += p - (answers[i].best == truth[i] ? 1.0 : 0.0);
  }
  double sum = 0;
  for (const double g : gap) sum += std::abs(g);
  return sum / static_cast<double>(answers.size());
}

}  // namespace

double ClassFigures::precision() const { return Share(right, answered); }
double ClassFigures::recall() const { return Share(right, pictures); }
double ClassFigures::f1() const { return Share(2 * right, answered + pictures); }

Result<Figures> Measure(const std::vector<std::string>& classes,
                        const std::vector<Answer>& answers,
                        const std::vector<int32_t>& truth) {
  if (answers.empty()) return Status::Invalid("there is no picture to measure");
  Figures f;
  const size_t count = classes.size();
  f.rows = static_cast<int64_t>(answers.size());
  f.classes.resize(count);
  f.confusion.resize(count * count);
  for (size_t c = 0; c < count; ++c) f.classes[c].name = classes[c];
  double held = 0;
  double sizes = 0;
  double unknown = 0;
  for (size_t i = 0; i < answers.size(); ++i) {
    const auto want = static_cast<size_t>(truth[i]);
    const auto best = static_cast<size_t>(answers[i].best);
    ++f.classes[want].pictures;
    ++f.classes[best].answered;
    if (want == best) ++f.classes[want].right;
    ++f.confusion[want * count + best];
    const auto& set = answers[i].set;
    held += std::find(set.begin(), set.end(), truth[i]) != set.end() ? 1 : 0;
    sizes += static_cast<double>(set.size());
    unknown += answers[i].known ? 0 : 1;
    // A probability of 0 would make the mean infinite: the smallest number there is.
    f.log_loss -= std::log(std::max(answers[i].probabilities[want], 1e-300));
  }
  int64_t right = 0;
  int64_t present = 0;
  for (const ClassFigures& c : f.classes) {
    right += c.right;
    if (c.pictures == 0) continue;
    ++present;
    f.macro_f1 += c.f1();
  }
  const auto rows = static_cast<double>(f.rows);
  f.accuracy = Share(right, f.rows);
  f.macro_f1 /= static_cast<double>(present);
  f.calibration_error = CalibrationError(answers, truth);
  f.log_loss /= rows;
  f.coverage = held / rows;
  f.set_size = sizes / rows;
  f.unknown = unknown / rows;
  return f;
}

std::string Figures::ToJson() const {
  nlohmann::ordered_json json = {
      {"pictures", rows},     {"accuracy", accuracy},
      {"macro_f1", macro_f1}, {"calibration_error", calibration_error},
      {"log_loss", log_loss}, {"coverage", coverage},
      {"set_size", set_size}, {"unknown", unknown}};
  auto& list = json["classes"] = nlohmann::ordered_json::array();
  for (const ClassFigures& c : classes) {
    list.push_back({{"name", c.name},
                    {"pictures", c.pictures},
                    {"precision", c.precision()},
                    {"recall", c.recall()},
                    {"f1", c.f1()}});
  }
  return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) +
         "\n";
}

}  // namespace pomona::learn
