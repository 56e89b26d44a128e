// SPDX-License-Identifier: Apache-2.0
#include "pomona/learn/labelled.h"

#include <algorithm>
#include <cctype>
#include <numeric>
#include <optional>
#include <utility>

#include "pomona/job/feature_files.h"
#include "pomona/store/image_source.h"

namespace pomona::learn {
namespace {

constexpr int kRuns = 10;

bool IsDigit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }

// "r_9.jpg" before "r_10.jpg": digits become their count and themselves.
std::string NaturalKey(const std::string& path) {
  std::string key;
  for (size_t i = 0; i < path.size();) {
    if (!IsDigit(path[i])) {
      key += path[i++];
      continue;
    }
    size_t end = i;
    while (end < path.size() && IsDigit(path[end])) ++end;
    while (i + 1 < end && path[i] == '0') ++i;
    key += static_cast<char>('0' + std::min<size_t>(end - i, 60));
    key.append(path, i, end - i);
    i = end;
  }
  return key;
}

Result<Taxonomy> Open(const LabelOptions& options) {
  if (options.target == Target::kLabel) return Taxonomy();
  return options.taxonomy.empty() ? Taxonomy::BuiltIn()
                                  : Taxonomy::FromFile(options.taxonomy);
}

Status NothingLeft(const Labelled& labelled, const std::string& source,
                   const LabelOptions& options) {
  const std::string target(TargetName(options.target));
  if (labelled.left_out.empty()) {
    return Status::Invalid(source, ": no picture has a label, so nothing tells its ",
                           target, "\nhint: extract with --label-from");
  }
  return Status::Invalid(source, ": no label tells the ", target, " (the first is '",
                         labelled.left_out.begin()->first,
                         "')\nhint: give a CSV with the columns label,", target,
                         " by --taxonomy, or --target label for the labels themselves");
}

}  // namespace

int64_t Labelled::left_out_rows() const {
  return std::accumulate(left_out.begin(), left_out.end(), without_label,
                         [](int64_t sum, const auto& one) { return sum + one.second; });
}

std::vector<std::string> NeighbourGroups(const std::vector<std::string>& paths,
                                         const std::vector<std::string>& classes,
                                         int runs) {
  std::map<std::string, std::vector<std::pair<std::string, size_t>>> by_class;
  for (size_t i = 0; i < paths.size(); ++i) {
    by_class[classes[i]].emplace_back(NaturalKey(paths[i]), i);
  }
  std::vector<std::string> groups(paths.size());
  for (auto& [name, own] : by_class) {
    std::sort(own.begin(), own.end());
    for (size_t i = 0; i < own.size(); ++i) {
      groups[own[i].second] =
          std::to_string(i * static_cast<size_t>(runs) / own.size()) + " of " + name;
    }
  }
  return groups;
}

Result<Labelled> ReadLabelled(const std::string& source, const LabelOptions& options) {
  ARROW_ASSIGN_OR_RAISE(const Taxonomy taxonomy, Open(options));
  std::optional<store::LabelRule> group_rule;
  if (!options.group_by.empty()) {
    ARROW_ASSIGN_OR_RAISE(group_rule, store::LabelRule::Parse(options.group_by));
  }
  Labelled out;
  TrainingRows& rows = out.rows;
  const auto take = [&](const table::FeatureTable& table,
                        const table::Metadata& metadata) {
    rows.dim = table.dim;
    out.metadata = metadata;
    for (size_t i = 0; i < table.keys.size(); ++i) {
      const table::RowKey& key = table.keys[i];
      if (key.fruit && key.fruit->index > 0) continue;  // the label is the photo's
      if (!key.label) {
        ++out.without_label;
        continue;
      }
      const auto word = taxonomy.Find(*key.label, options.target);
      if (!word) {
        ++out.left_out[*key.label];
        continue;
      }
      const float* row = table.rows.data() + static_cast<int64_t>(i) * table.dim;
      rows.rows.insert(rows.rows.end(), row, row + table.dim);
      rows.classes.push_back(*word);
      out.paths.push_back(key.path);
      out.fruits.push_back(taxonomy.Find(*key.label, Target::kFruit).value_or(""));
      if (group_rule) {
        rows.groups.push_back(group_rule->FromPath(key.path).value_or(key.path));
      }
    }
    return Status::OK();
  };
  ARROW_RETURN_NOT_OK(job::ForEachFeatures(source, take));
  if (rows.count() == 0) return NothingLeft(out, source, options);
  if (!group_rule) rows.groups = NeighbourGroups(out.paths, rows.classes, kRuns);
  return out;
}

}  // namespace pomona::learn
