// SPDX-License-Identifier: Apache-2.0
#include "pomona/learn/folds.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "pomona/base/hash.h"

namespace pomona::learn {

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

Folds MakeFolds(TrainingRows rows, const std::vector<std::string>& classes, int count) {
  const std::vector<int> fold_of = DealFolds(rows, count);
  Folds out;
  out.dim = rows.dim;
  out.classes = static_cast<int64_t>(classes.size());
  out.folds.resize(static_cast<size_t>(count));
  for (int64_t i = 0; i < rows.count(); ++i) {
    Fold& fold = out.folds[static_cast<size_t>(fold_of[static_cast<size_t>(i)])];
    const auto at = std::lower_bound(classes.begin(), classes.end(),
                                     rows.classes[static_cast<size_t>(i)]);
    fold.classes.push_back(static_cast<int32_t>(at - classes.begin()));
    const float* row = rows.rows.data() + i * rows.dim;
    fold.rows.insert(fold.rows.end(), row, row + rows.dim);
  }
  return out;
}

ClassMeans Folds::MeansWithout(int left_out) const {
  ClassMeans means(dim, classes);
  for (int f = 0; f < static_cast<int>(folds.size()); ++f) {
    const Fold& fold = folds[static_cast<size_t>(f)];
    if (f != left_out) means.Update(fold.rows.data(), fold.classes.data(), fold.count());
  }
  return means;
}

}  // namespace pomona::learn
