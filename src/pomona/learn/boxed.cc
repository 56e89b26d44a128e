// SPDX-License-Identifier: Apache-2.0
#include "pomona/learn/boxed.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "pomona/base/json.h"
#include "pomona/job/feature_files.h"

namespace pomona::learn {
namespace {

constexpr char kBoxesKey[] = "boxes";
constexpr double kMeets = 0.3;
constexpr double kSameFruit = 0.7;
constexpr double kElsewhere = 0.1;

Box BoxOf(const table::Fruit& fruit) {
  Box box;
  box.left = static_cast<double>(fruit.left);
  box.top = static_cast<double>(fruit.top);
  box.right = static_cast<double>(fruit.right);
  box.bottom = static_cast<double>(fruit.bottom);
  return box;
}

// What all photos say, while rows are read.
class Reader {
 public:
  explicit Reader(const Boxes& boxes) : boxes_(boxes) {}

  Status Take(const table::FeatureTable& table, const table::Metadata& metadata) {
    out_.labelled.metadata = metadata;
    out_.labelled.rows.dim = none_.dim = table.dim;
    if (!table.keys.empty() && !table.has_fruits()) {
      return Status::Invalid(
          "rows without regions\nhint: give the photos, or rows of 'pomona extract "
          "--regions fruits'");
    }
    for (size_t begin = 0; begin < table.keys.size();) {
      size_t end = begin + 1;
      while (end < table.keys.size() && table.keys[end].fruit->index != 0) ++end;
      ARROW_RETURN_NOT_OK(Photo(table, begin, end));
      begin = end;
    }
    return Status::OK();
  }

  Result<Boxed> Finish() {
    for (const auto& [photo, list] : boxes_) {
      if (met_.contains(photo)) continue;
      return Status::KeyError(list.front().where, ": the photo '", photo,
                              "' is not among those that were given (or could not be "
                              "used)\nhint: paths are as seen from the photos' folder");
    }
    if (out_.pairs == 0) {
      return Status::Invalid("none of ", out_.boxes,
                             " boxes meets a region that was found\nhint: boxes are in "
                             "pixels of the photo as people see it, turned upright");
    }
    AddNoFruit();
    out_.shapes = MedianOf(margins_[0]);
    out_.windows = MedianOf(margins_[1]);
    return std::move(out_);
  }

 private:
  using Sides = std::array<double, 4>;

  // The boxes of a photo, by its path or the end of it.
  const std::vector<Box>* Find(const std::string& path) {
    for (size_t at = 0;; ++at) {
      if (const auto found = boxes_.find(path.substr(at)); found != boxes_.end()) {
        met_.insert(found->first);
        return &found->second;
      }
      at = path.find('/', at);
      if (at == std::string::npos) return nullptr;
    }
  }

  Status Photo(const table::FeatureTable& table, size_t begin, size_t end) {
    const table::RowKey& photo = table.keys[begin];
    const std::vector<Box>* given = Find(photo.path);
    if (given == nullptr) {
      ++out_.photos_without;
      return Status::OK();
    }
    if (!used_.insert(given).second) {
      return Status::Invalid(given->front().where, ": the photo's name is also that of ",
                             photo.path, "\nhint: give more of its path");
    }
    ++out_.photos;
    std::vector<Box> boxes;
    for (const Box& box : *given) {
      ARROW_ASSIGN_OR_RAISE(
          boxes.emplace_back(),
          box.In(static_cast<double>(photo.width), static_cast<double>(photo.height)));
    }
    out_.boxes += static_cast<int64_t>(boxes.size());
    Pair(table, begin + 1, end, boxes);
    for (size_t i = begin + 1; i < end; ++i) Label(table, i, boxes);
    return Status::OK();
  }

  // Best first, each once; what a pair's box has beyond its region.
  void Pair(const table::FeatureTable& table, size_t begin, size_t end,
            const std::vector<Box>& boxes) {
    struct Match {
      double shared;
      size_t region, box;
    };
    std::vector<Match> matches;
    for (size_t i = begin; i < end; ++i) {
      for (size_t b = 0; b < boxes.size(); ++b) {
        const double shared = SharedOfBoth(BoxOf(*table.keys[i].fruit), boxes[b]);
        if (shared >= kMeets) matches.push_back({shared, i, b});
      }
    }
    std::stable_sort(matches.begin(), matches.end(),
                     [](const Match& a, const Match& b) { return a.shared > b.shared; });
    std::set<size_t> regions, found;
    for (const Match& match : matches) {
      if (regions.contains(match.region) || found.contains(match.box)) continue;
      regions.insert(match.region);
      found.insert(match.box);
      const table::Fruit& fruit = *table.keys[match.region].fruit;
      const Box region = BoxOf(fruit);
      const Box& box = boxes[match.box];
      const double width = region.right - region.left;
      const double height = region.bottom - region.top;
      margins_[fruit.kind == "window" ? 1 : 0].push_back(
          {(box.left - region.left) / width, (box.top - region.top) / height,
           (box.right - region.right) / width, (box.bottom - region.bottom) / height});
      if (match.shared < kSameFruit) Add(table, match.region, box.label, &out_.labelled);
    }
    out_.pairs += static_cast<int64_t>(found.size());
  }

  // A region that surely is a fruit, or surely none; what lies between says nothing.
  void Label(const table::FeatureTable& table, size_t i, const std::vector<Box>& boxes) {
    const Box region = BoxOf(*table.keys[i].fruit);
    const Box* best = nullptr;
    double most = 0;
    double inside = 0;
    for (const Box& box : boxes) {
      inside = std::max(inside, SharedOfSmaller(region, box));
      const double shared = SharedOfBoth(region, box);
      if (shared <= most) continue;
      most = shared;
      best = &box;
    }
    if (most >= kSameFruit) Add(table, i, best->label, &out_.labelled);
    if (inside > kElsewhere) return;
    const float* row = table.rows.data() + static_cast<int64_t>(i) * table.dim;
    none_.rows.insert(none_.rows.end(), row, row + table.dim);
    none_.groups.push_back(table.keys[i].path);
  }

  static void Add(const table::FeatureTable& table, size_t i, const std::string& label,
                  Labelled* to) {
    const float* row = table.rows.data() + static_cast<int64_t>(i) * table.dim;
    to->rows.rows.insert(to->rows.rows.end(), row, row + table.dim);
    to->rows.classes.push_back(label);
    to->rows.groups.push_back(table.keys[i].path);
    to->paths.push_back(table.keys[i].path);
    to->fruits.emplace_back();
  }

  void AddNoFruit() {
    const size_t all = none_.groups.size();
    const size_t keep = std::min(all, out_.labelled.rows.classes.size());
    // In one photo alone they could not be held out.
    if (std::set<std::string>(none_.groups.begin(), none_.groups.end()).size() < 2)
      return;
    Labelled& to = out_.labelled;
    for (size_t n = 0; n < keep; ++n) {
      const size_t i = n * all / keep;
      const auto row = none_.rows.begin() + static_cast<int64_t>(i) * none_.dim;
      to.rows.rows.insert(to.rows.rows.end(), row, row + none_.dim);
      to.rows.classes.emplace_back(kNoFruit);
      to.rows.groups.push_back(none_.groups[i]);
      to.paths.push_back(none_.groups[i]);
      to.fruits.emplace_back();
    }
    out_.no_fruit = static_cast<int64_t>(keep);
  }

  static Margin MedianOf(const std::vector<Sides>& sides) {
    Margin margin;
    margin.pairs = static_cast<int64_t>(sides.size());
    if (margin.pairs < kMarginPairs) return margin;
    const auto median = [&](size_t side) {
      std::vector<double> values;
      for (const Sides& one : sides) values.push_back(one[side]);
      std::sort(values.begin(), values.end());
      return (values[(values.size() - 1) / 2] + values[values.size() / 2]) / 2;
    };
    margin.left = median(0);
    margin.top = median(1);
    margin.right = median(2);
    margin.bottom = median(3);
    return margin;
  }

  const Boxes& boxes_;
  std::set<std::string> met_;
  std::set<const std::vector<Box>*> used_;
  TrainingRows none_;
  std::array<std::vector<Sides>, 2> margins_;
  Boxed out_;
};

nlohmann::json SidesOf(const Margin& m) { return {m.left, m.top, m.right, m.bottom}; }

}  // namespace

Result<Boxed> ReadBoxed(const std::string& source, const Boxes& boxes) {
  Reader reader(boxes);
  ARROW_RETURN_NOT_OK(job::ForEachFeatures(
      source, [&](const table::FeatureTable& table, const table::Metadata& metadata) {
        return reader.Take(table, metadata);
      }));
  return reader.Finish();
}

void KeepBoxed(const Boxed& boxed, Head* head) {
  head->metadata[kBoxesKey] = nlohmann::json({{"photos", boxed.photos},
                                              {"boxes", boxed.boxes},
                                              {"pairs", boxed.pairs},
                                              {"shapes", SidesOf(boxed.shapes)},
                                              {"windows", SidesOf(boxed.windows)}})
                                  .dump();
}

bool IsBoxed(const Head& head) { return head.metadata.contains(kBoxesKey); }

Result<Margins> MarginsOf(const Head& head) {
  Margins margins;
  const auto found = head.metadata.find(kBoxesKey);
  if (found == head.metadata.end()) return margins;
  try {
    const auto json = ParseJson(found->second);
    for (auto [key, margin] :
         {std::pair{"shapes", &margins.shapes}, std::pair{"windows", &margins.windows}}) {
      const auto sides = json.at(key).get<std::array<double, 4>>();
      // Beyond twice its size a box is not that of this region.
      const bool sane = std::all_of(sides.begin(), sides.end(), [](double side) {
        return std::isfinite(side) && std::abs(side) <= 2;
      });
      if (!sane)
        return Status::Invalid("the head's \"boxes\" are damaged: ", found->second);
      *margin = {sides[0], sides[1], sides[2], sides[3], 0};
    }
  } catch (const nlohmann::json::exception&) {
    return Status::Invalid("the head's \"boxes\" are damaged: ", found->second);
  }
  return margins;
}

void Widen(const Margins& margins, int64_t width, int64_t height, table::Fruit* fruit) {
  const Margin& m = fruit->kind == "window" ? margins.windows : margins.shapes;
  const auto across = static_cast<double>(fruit->right - fruit->left);
  const auto down = static_cast<double>(fruit->bottom - fruit->top);
  const auto side = [](int64_t at, double by, int64_t low, int64_t high) {
    return std::clamp<int64_t>(at + std::llround(by), low, std::max(low, high));
  };
  fruit->left = side(fruit->left, m.left * across, 0, width - 1);
  fruit->top = side(fruit->top, m.top * down, 0, height - 1);
  fruit->right = side(fruit->right, m.right * across, fruit->left + 1, width);
  fruit->bottom = side(fruit->bottom, m.bottom * down, fruit->top + 1, height);
}

}  // namespace pomona::learn
