// SPDX-License-Identifier: Apache-2.0
#include "pomona/learn/fruits.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <numeric>
#include <utility>

#include "pomona/learn/boxed.h"

namespace pomona::learn {
namespace {

constexpr double kSameOverlap = 0.5;
constexpr double kOtherOverlap = 0.3;

// One photo's rows among all.
class Photo {
 public:
  // `none`: the word for what is no fruit; -1 where the head has none.
  Photo(const std::vector<table::RowKey>& keys, const std::vector<Answer>& answers,
        int32_t none, size_t begin, size_t end)
      : keys_(keys), answers_(answers), none_(none), begin_(begin), end_(end) {}

  // The rows that stay, in order.
  std::vector<size_t> Keep() const {
    std::vector<size_t> keep = {begin_};
    for (size_t i = begin_ + 1; i < end_; ++i) {
      if (fruit(i).kind == "shape") AddShape(i, &keep);
    }
    AddWindows(&keep);
    std::erase_if(keep, [&](size_t i) { return i != begin_ && IsNone(i); });
    std::sort(keep.begin(), keep.end());
    return keep;
  }

 private:
  const table::Fruit& fruit(size_t i) const { return *keys_[i].fruit; }
  bool IsNone(size_t i) const { return answers_[i].best == none_; }
  double Sureness(size_t i) const {
    const Answer& answer = answers_[i];
    return answer.known && !IsNone(i)
               ? answer.probabilities[static_cast<size_t>(answer.best)]
               : 0;
  }

  void AddShape(size_t shape, std::vector<size_t>* keep) const {
    std::vector<size_t> pieces;
    double area = 0;
    double sure = 0;
    for (size_t i = shape + 1; i < end_; ++i) {
      if (fruit(i).kind != "piece" || fruit(i).parent != fruit(shape).index) continue;
      pieces.push_back(i);
      const double own = AreaOf(fruit(i));
      area += own;
      sure += own * Sureness(i);
    }
    if (area > 0 && (sure / area > Sureness(shape) || Disagree(pieces))) {
      keep->insert(keep->end(), pieces.begin(), pieces.end());
    } else {
      keep->push_back(shape);
    }
  }

  // Whether the head is sure of two, and says different words.
  bool Disagree(const std::vector<size_t>& pieces) const {
    int32_t word = -1;
    for (const size_t i : pieces) {
      if (Sureness(i) < kSure) continue;
      if (word >= 0 && answers_[i].best != word) return true;
      word = answers_[i].best;
    }
    return false;
  }

  void AddWindows(std::vector<size_t>* keep) const {
    std::vector<size_t> windows;
    for (size_t i = begin_ + 1; i < end_; ++i) {
      if (fruit(i).kind == "window" && Sureness(i) >= kSure) windows.push_back(i);
    }
    std::stable_sort(windows.begin(), windows.end(),
                     [&](size_t a, size_t b) { return Sureness(a) > Sureness(b); });
    std::vector<size_t> kept;
    for (const size_t i : windows) {
      const bool hidden = std::any_of(kept.begin(), kept.end(), [&](size_t other) {
        const bool same = answers_[i].best == answers_[other].best;
        return Overlap(fruit(i), fruit(other)) > (same ? kSameOverlap : kOtherOverlap);
      });
      if (!hidden) kept.push_back(i);
    }
    keep->insert(keep->end(), kept.begin(), kept.end());
  }

  static double Box(const table::Fruit& f) {
    return static_cast<double>(f.right - f.left) * static_cast<double>(f.bottom - f.top);
  }

  // Within the outline (the shoelace formula).
  static double AreaOf(const table::Fruit& f) {
    const auto& line = f.outline;
    double twice = 0;
    for (size_t i = 0; i + 1 < line.size(); i += 2) {
      const size_t next = (i + 2) % line.size();
      twice += static_cast<double>(line[i]) * static_cast<double>(line[next + 1]) -
               static_cast<double>(line[next]) * static_cast<double>(line[i + 1]);
    }
    return line.size() < 6 ? Box(f) : std::abs(twice) / 2;
  }

  // What two boxes share, of the smaller.
  static double Overlap(const table::Fruit& a, const table::Fruit& b) {
    const table::Fruit both = {0,
                               {},
                               std::max(a.left, b.left),
                               std::max(a.top, b.top),
                               std::min(a.right, b.right),
                               std::min(a.bottom, b.bottom),
                               0,
                               {}};
    if (both.right <= both.left || both.bottom <= both.top) return 0;
    return Box(both) / std::min(Box(a), Box(b));
  }

  const std::vector<table::RowKey>& keys_;
  const std::vector<Answer>& answers_;
  const int32_t none_;
  const size_t begin_, end_;
};

std::string Lower(std::string text) {
  for (char& c : text) {
    c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return text;
}

bool IsOf(const std::string& word, const std::string& kind) {
  const std::string text = Lower(word);
  return text == kind || text.starts_with(kind + " ");
}

void KeepClasses(const std::vector<size_t>& keep, Head* head) {
  const auto dim = static_cast<size_t>(head->dim());
  const auto take = [&](std::vector<float>* rows) {
    std::vector<float> kept;
    for (const size_t c : keep) {
      const auto row = rows->begin() + static_cast<ptrdiff_t>(c * dim);
      kept.insert(kept.end(), row, row + static_cast<ptrdiff_t>(dim));
    }
    *rows = std::move(kept);
  };
  take(&head->model.weights);
  take(&head->centres);
  std::vector<std::string> classes;
  std::vector<double> bias;
  for (const size_t c : keep) {
    classes.push_back(head->classes[c]);
    bias.push_back(head->model.bias[c]);
  }
  head->classes = std::move(classes);
  head->model.bias = std::move(bias);
  head->model.classes = static_cast<int64_t>(keep.size());
}

}  // namespace

Result<table::FeatureTable> KeepFruits(const Head& head,
                                       const table::FeatureTable& rows) {
  if (!rows.has_fruits()) return rows;
  const auto n = rows.keys.size();
  ARROW_ASSIGN_OR_RAISE(const auto answers,
                        head.Predict(rows.rows.data(), static_cast<int64_t>(n)));
  ARROW_ASSIGN_OR_RAISE(const Margins margins, MarginsOf(head));
  const auto word = std::find(head.classes.begin(), head.classes.end(), kNoFruit);
  const auto none =
      word == head.classes.end() ? -1 : static_cast<int32_t>(word - head.classes.begin());
  table::FeatureTable kept;
  kept.dim = rows.dim;
  for (size_t begin = 0; begin < n;) {
    if (rows.keys[begin].fruit->index != 0) {
      return Status::Invalid("row ", begin, " (", rows.keys[begin].path,
                             ") is of a region whose photo has no row before it");
    }
    size_t end = begin + 1;
    while (end < n && rows.keys[end].fruit->index != 0) ++end;
    int64_t index = 0;
    for (const size_t i : Photo(rows.keys, answers, none, begin, end).Keep()) {
      kept.keys.push_back(rows.keys[i]);
      table::RowKey& key = kept.keys.back();
      if (index > 0) Widen(margins, key.width, key.height, &*key.fruit);
      key.fruit->index = index++;
      const float* row = rows.rows.data() + static_cast<int64_t>(i) * rows.dim;
      kept.rows.insert(kept.rows.end(), row, row + rows.dim);
    }
    begin = end;
  }
  return kept;
}

Status NarrowTo(const std::vector<std::string>& kinds, std::vector<Head>* heads) {
  std::vector<std::string> wanted(kinds.size());
  std::transform(kinds.begin(), kinds.end(), wanted.begin(), Lower);
  std::vector<bool> found(wanted.size(), false);
  for (Head& head : *heads) {
    std::vector<size_t> keep;
    for (size_t c = 0; c < head.classes.size(); ++c) {
      bool kept = false;
      for (size_t k = 0; k < wanted.size(); ++k) {
        if (!IsOf(head.classes[c], wanted[k])) continue;
        found[k] = kept = true;
      }
      if (kept) keep.push_back(c);
    }
    if (keep.empty()) continue;
    // What is none of the kinds may still be no fruit.
    const auto none = std::find(head.classes.begin(), head.classes.end(), kNoFruit);
    const auto at = static_cast<size_t>(none - head.classes.begin());
    if (at < head.classes.size() && !std::binary_search(keep.begin(), keep.end(), at)) {
      keep.push_back(at);
    }
    KeepClasses(keep, &head);
  }
  for (size_t k = 0; k < kinds.size(); ++k) {
    if (found[k]) continue;
    return Status::KeyError("no head knows the kind '", kinds[k],
                            "': a head's head.json lists what it knows (\"classes\")");
  }
  return Status::OK();
}

}  // namespace pomona::learn
