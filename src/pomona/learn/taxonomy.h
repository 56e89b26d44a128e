// SPDX-License-Identifier: Apache-2.0
// What the label of a picture (the name of its folder) says of the fruit in it. A label
// need not tell all: what it leaves open is not known, and teaches nobody.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "pomona/base/status.h"

namespace pomona::learn {

// "fruit", "variety", "maturity" (unripe, ripe, overripe), "health" (healthy, damaged,
// rotten, diseased), and "label": the label itself, which needs no taxonomy.
enum class Target { kFruit, kVariety, kMaturity, kHealth, kLabel };
std::string_view TargetName(Target target);
Result<Target> ParseTarget(std::string_view name);

class Taxonomy {
 public:
  // Of CSV with the columns label, fruit, variety, maturity and health (any order, others
  // ignored; an empty field is not known). `name` stands in errors, which tell the line:
  // no column label, a label twice, an unknown word for maturity or health.
  static Result<Taxonomy> FromCsv(std::string_view csv, const std::string& name);
  static Result<Taxonomy> FromFile(const std::string& path);
  // assets/taxonomy/fruits.csv: Fruits-360 and the other folders of its kind.
  static Result<Taxonomy> BuiltIn();

  // nullopt: the label, or this of it, is not known.
  std::optional<std::string> Find(const std::string& label, Target target) const;
  bool Knows(const std::string& label) const { return entries_.contains(label); }
  size_t size() const { return entries_.size(); }

 private:
  using Entry = std::map<Target, std::string>;
  std::map<std::string, Entry> entries_;
};

}  // namespace pomona::learn
