// SPDX-License-Identifier: Apache-2.0
#include "pomona/learn/figures.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include <nlohmann/json.hpp>

namespace pomona::learn {
namespace {

double Share(int64_t part, int64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

std::vector<CalibrationBin> Bins(const std::vector<Answer>& answers,
                                 const std::vector<int32_t>& truth) {
  constexpr size_t kBins = 15;
  std::vector<CalibrationBin> bins(kBins);
  for (size_t i = 0; i < answers.size(); ++i) {
    const double p = answers[i].probabilities[static_cast<size_t>(answers[i].best)];
    CalibrationBin& bin = bins[std::min(kBins - 1, static_cast<size_t>(p * kBins))];
    ++bin.rows;
    bin.probability += p;
    bin.right += answers[i].best == truth[i] ? 1 : 0;
  }
  for (CalibrationBin& bin : bins) {
    const auto rows = static_cast<double>(std::max<int64_t>(1, bin.rows));
    bin.probability /= rows;
    bin.right /= rows;
  }
  return bins;
}

double CalibrationError(const std::vector<CalibrationBin>& bins, double rows) {
  double sum = 0;
  for (const CalibrationBin& bin : bins) {
    sum += static_cast<double>(bin.rows) * std::abs(bin.probability - bin.right);
  }
  return sum / rows;
}

double MeanAuroc(size_t classes, const std::vector<Answer>& answers,
                 const std::vector<int32_t>& truth) {
  double sum = 0;
  int64_t told = 0;
  for (size_t c = 0; c < classes; ++c) {
    std::vector<double> own;
    std::vector<double> others;
    for (size_t i = 0; i < answers.size(); ++i) {
      const bool is = static_cast<size_t>(truth[i]) == c;
      (is ? own : others).push_back(-answers[i].probabilities[c]);
    }
    if (own.empty() || others.empty()) continue;
    sum += Separation(std::move(own), others);
    ++told;
  }
  return sum / static_cast<double>(told);
}

// As a field of CSV: quoted where it must be.
std::string Quoted(const std::string& text) {
  if (text.find_first_of("\",\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + "\"";
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
  f.set_sizes.resize(count + 1);
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
    ++f.set_sizes[std::min(count, set.size())];
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
  f.calibration = Bins(answers, truth);
  f.calibration_error = CalibrationError(f.calibration, rows);
  f.log_loss /= rows;
  f.coverage = held / rows;
  f.set_size = sizes / rows;
  f.unknown = unknown / rows;
  f.auroc = MeanAuroc(count, answers, truth);
  return f;
}

std::string Figures::ToJson() const {
  nlohmann::ordered_json json = {
      {"pictures", rows},     {"accuracy", accuracy},
      {"macro_f1", macro_f1}, {"calibration_error", calibration_error},
      {"log_loss", log_loss}, {"coverage", coverage},
      {"set_size", set_size}, {"unknown", unknown},
      {"auroc", auroc}};
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

std::string Figures::ClassesCsv() const {
  std::string csv = "name,pictures,precision,recall,f1\n";
  for (const ClassFigures& c : classes) {
    char numbers[128];
    std::snprintf(numbers, sizeof(numbers), ",%lld,%.6f,%.6f,%.6f\n",
                  static_cast<long long>(c.pictures), c.precision(), c.recall(), c.f1());
    csv += Quoted(c.name) + numbers;
  }
  return csv;
}

std::string Figures::ConfusionCsv() const {
  std::string csv = "truth";
  for (const ClassFigures& c : classes) csv += "," + Quoted(c.name);
  csv += "\n";
  for (size_t truth = 0; truth < classes.size(); ++truth) {
    csv += Quoted(classes[truth].name);
    for (size_t answer = 0; answer < classes.size(); ++answer) {
      csv += "," + std::to_string(confusion[truth * classes.size() + answer]);
    }
    csv += "\n";
  }
  return csv;
}

std::vector<Confusion> WorstConfusions(const Figures& figures, size_t most) {
  const size_t count = figures.classes.size();
  std::vector<Confusion> found;
  for (size_t i = 0; i < figures.confusion.size(); ++i) {
    const int64_t rows = figures.confusion[i];
    if (rows == 0 || i / count == i % count) continue;
    found.push_back(
        {i / count, i % count, rows, Share(rows, figures.classes[i / count].pictures)});
  }
  std::stable_sort(
      found.begin(), found.end(),
      [](const Confusion& a, const Confusion& b) { return a.rows > b.rows; });
  found.resize(std::min(found.size(), most));
  return found;
}

double Separation(std::vector<double> own, const std::vector<double>& others) {
  std::sort(own.begin(), own.end());
  double nearer = 0;
  for (const double other : others) {
    const auto [first, last] = std::equal_range(own.begin(), own.end(), other);
    nearer +=
        static_cast<double>(first - own.begin()) + static_cast<double>(last - first) / 2;
  }
  return nearer / (static_cast<double>(own.size()) * static_cast<double>(others.size()));
}

}  // namespace pomona::learn
