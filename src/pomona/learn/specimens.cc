// SPDX-License-Identifier: Apache-2.0
#include "pomona/learn/specimens.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "pomona/stats/parallel.h"

namespace pomona::learn {
namespace {

// Rows in the head's form and of length 1.
std::vector<float> UnitRows(const TrainingRows& rows, RowForm form) {
  form.normalize = true;
  std::vector<float> unit = rows.rows;
  form.Apply(unit.data(), rows.count(), rows.dim);
  return unit;
}

double Product(const float* a, const float* b, int64_t dim) {
  // Eight sums that a compiler may keep in one register, in a fixed order.
  constexpr int64_t kSums = 8;
  float sums[kSums] = {};
  int64_t j = 0;
  for (; j + kSums <= dim; j += kSums) {
    for (int64_t k = 0; k < kSums; ++k) sums[k] += a[j + k] * b[j + k];
  }
  double sum = 0;
  for (; j < dim; ++j) sum += static_cast<double>(a[j]) * static_cast<double>(b[j]);
  for (const float s : sums) sum += s;
  return sum;
}

}  // namespace

Result<Specimens> FindSpecimens(const TrainingRows& rows, const TrainingRows& training,
                                const RowForm& form, const SpecimenOptions& options) {
  if (rows.dim != training.dim) {
    return Status::Invalid("rows of ", rows.dim, " columns, those of the training have ",
                           training.dim);
  }
  std::set<std::pair<std::string, std::string>> groups;
  std::map<std::string, std::vector<size_t>> of_class;
  for (size_t i = 0; i < training.classes.size(); ++i) {
    if (options.by_group) groups.emplace(training.classes[i], training.groups[i]);
    of_class[training.classes[i]].push_back(i);
  }
  const auto unit = UnitRows(rows, form);
  const auto there = UnitRows(training, form);
  Specimens found;
  found.seen.resize(rows.classes.size());
  std::vector<char> near(rows.classes.size());
  stats::internal::ParallelFor(rows.count(), [&](int64_t i) {
    const auto at = static_cast<size_t>(i);
    if (options.by_group && groups.contains({rows.classes[at], rows.groups[at]})) {
      found.seen[at] = 1;
      return;
    }
    const auto own = of_class.find(rows.classes[at]);
    if (own == of_class.end()) return;
    const float* row = unit.data() + i * rows.dim;
    near[at] = std::any_of(own->second.begin(), own->second.end(), [&](size_t other) {
      const float* seen = there.data() + static_cast<int64_t>(other) * rows.dim;
      return Product(row, seen, rows.dim) >= options.near_cosine;
    });
  });
  found.by_group = std::count(found.seen.begin(), found.seen.end(), 1);
  found.near = std::count(near.begin(), near.end(), 1);
  for (size_t i = 0; i < near.size(); ++i) found.seen[i] |= near[i];
  return found;
}

}  // namespace pomona::learn
