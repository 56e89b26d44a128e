// SPDX-License-Identifier: Apache-2.0
#include "pomona/learn/taxonomy.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <memory>
#include <utility>
#include <vector>

#include <arrow/api.h>
#include <arrow/csv/api.h>
#include <arrow/io/memory.h>

#include "pomona/base/asset.h"

namespace pomona::learn {
namespace {

constexpr std::array<std::pair<Target, std::string_view>, 5> kNames = {{
    {Target::kFruit, "fruit"},
    {Target::kVariety, "variety"},
    {Target::kMaturity, "maturity"},
    {Target::kHealth, "health"},
    {Target::kLabel, "label"},
}};

constexpr std::array<std::string_view, 3> kMaturities = {"unripe", "ripe", "overripe"};
constexpr std::array<std::string_view, 4> kHealths = {"healthy", "damaged", "rotten",
                                                      "diseased"};

template <size_t kWords>
Status CheckWord(std::string_view word, const std::array<std::string_view, kWords>& words,
                 const std::string& where) {
  if (std::find(words.begin(), words.end(), word) != words.end()) return Status::OK();
  std::string list;
  for (const auto& known : words) list += std::string(list.empty() ? "" : ", ") += known;
  return Status::Invalid(where, ": '", word, "' is none of ", list,
                         "; leave the field empty where it is not known");
}

Status CheckField(Target target, std::string_view word, const std::string& where) {
  if (target == Target::kMaturity) return CheckWord(word, kMaturities, where);
  if (target == Target::kHealth) return CheckWord(word, kHealths, where);
  return Status::OK();
}

// All columns as text.
Result<std::shared_ptr<arrow::Table>> ReadCsv(std::string_view csv,
                                              const std::string& name) {
  auto convert = arrow::csv::ConvertOptions::Defaults();
  convert.strings_can_be_null = false;
  for (const auto& [target, column] : kNames) {
    convert.column_types[std::string(column)] = arrow::utf8();
  }
  auto input = std::make_shared<arrow::io::BufferReader>(
      std::make_shared<arrow::Buffer>(csv));  // copies nothing: csv outlives the read
  auto parse = arrow::csv::ParseOptions::Defaults();
  parse.newlines_in_values = true;
  const auto read = [&]() -> Result<std::shared_ptr<arrow::Table>> {
    ARROW_ASSIGN_OR_RAISE(
        auto reader, arrow::csv::TableReader::Make(arrow::io::default_io_context(), input,
                                                   arrow::csv::ReadOptions::Defaults(),
                                                   parse, convert));
    ARROW_ASSIGN_OR_RAISE(auto table, reader->Read());
    return table->CombineChunks();
  };
  auto table = read();
  if (table.ok()) return table;
  return Status::Invalid(name, " is no taxonomy: ", table.status().message(),
                         "\nhint: CSV with the columns label, fruit, variety, maturity, "
                         "health");
}

}  // namespace

std::string_view TargetName(Target target) {
  return std::find_if(kNames.begin(), kNames.end(),
                      [&](const auto& known) { return known.first == target; })
      ->second;
}

Result<Target> ParseTarget(std::string_view name) {
  for (const auto& [target, known] : kNames) {
    if (known == name) return target;
  }
  return Status::Invalid("target '", name,
                         "': fruit, variety, maturity, health or label needed");
}

Result<Taxonomy> Taxonomy::FromCsv(std::string_view csv, const std::string& name) {
  ARROW_ASSIGN_OR_RAISE(const auto table, ReadCsv(csv, name));
  if (table->GetColumnByName("label") == nullptr) {
    return Status::Invalid(name, " has no column 'label'");
  }
  Taxonomy taxonomy;
  std::map<Target, std::shared_ptr<arrow::StringArray>> columns;
  for (const auto& [target, column] : kNames) {
    const auto found = table->GetColumnByName(std::string(column));
    if (found == nullptr || found->num_chunks() == 0) continue;
    columns[target] = std::static_pointer_cast<arrow::StringArray>(found->chunk(0));
  }
  for (int64_t row = 0; row < table->num_rows(); ++row) {
    const std::string where = name + ", row " + std::to_string(row + 1);
    Entry entry;
    for (const auto& [target, column] : columns) {
      const std::string_view word = column->GetView(row);
      if (word.empty()) continue;
      ARROW_RETURN_NOT_OK(CheckField(target, word, where));
      entry[target] = word;
    }
    const auto label = entry.find(Target::kLabel);
    if (label == entry.end()) return Status::Invalid(where, ": the label is empty");
    if (!taxonomy.entries_.emplace(label->second, entry).second) {
      return Status::Invalid(where, ": the label '", label->second, "' comes twice");
    }
  }
  return taxonomy;
}

Result<Taxonomy> Taxonomy::FromFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string csv(std::istreambuf_iterator<char>(file), {});
  if (!file) return Status::IOError("taxonomy ", path, " cannot be read");
  return FromCsv(csv, path);
}

Result<Taxonomy> Taxonomy::BuiltIn() {
  ARROW_ASSIGN_OR_RAISE(const auto path, AssetPath("taxonomy/fruits.csv"));
  return FromFile(path);
}

std::optional<std::string> Taxonomy::Find(const std::string& label, Target target) const {
  if (target == Target::kLabel) return label;
  const auto entry = entries_.find(label);
  if (entry == entries_.end()) return std::nullopt;
  const auto word = entry->second.find(target);
  if (word == entry->second.end()) return std::nullopt;
  return word->second;
}

}  // namespace pomona::learn
