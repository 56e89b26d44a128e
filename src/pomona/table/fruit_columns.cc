// SPDX-License-Identifier: Apache-2.0
#include "pomona/table/fruit_columns.h"

#include <memory>
#include <utility>

#include <arrow/api.h>

#include "pomona/table/columns.h"
#include "pomona/table/parquet_file.h"

namespace pomona::table {
namespace {

// The whole numbers of a fruit and their columns.
struct Whole {
  const char* name;
  int64_t Fruit::* value;
};
constexpr Whole kIndex = {"fruit_index", &Fruit::index};
constexpr Whole kPlaces[] = {{"left", &Fruit::left},
                             {"top", &Fruit::top},
                             {"right", &Fruit::right},
                             {"bottom", &Fruit::bottom},
                             {"parent", &Fruit::parent}};
constexpr char kRegion[] = "region";
constexpr char kOutline[] = "outline";

const std::shared_ptr<arrow::DataType>& OutlineType() {
  static const auto kType = arrow::list(arrow::field("item", arrow::int64(), false));
  return kType;
}

Result<std::shared_ptr<arrow::Array>> Outlines(const std::vector<RowKey>& keys) {
  auto numbers = std::make_shared<arrow::Int64Builder>();
  arrow::ListBuilder lists(arrow::default_memory_pool(), numbers, OutlineType());
  for (const RowKey& key : keys) {
    ARROW_RETURN_NOT_OK(lists.Append());
    ARROW_RETURN_NOT_OK(numbers->AppendValues(key.fruit->outline));
  }
  return lists.Finish();
}

}  // namespace

arrow::FieldVector FruitFields() {
  arrow::FieldVector fields = {arrow::field(kIndex.name, arrow::int64(), false),
                               arrow::field(kRegion, arrow::utf8(), false)};
  for (const Whole& whole : kPlaces) {
    fields.push_back(arrow::field(whole.name, arrow::int64(), false));
  }
  fields.push_back(arrow::field(kOutline, OutlineType(), false));
  return fields;
}

Result<arrow::ArrayVector> FruitColumns(const std::vector<RowKey>& keys) {
  const auto n = static_cast<int64_t>(keys.size());
  const auto fruit = [&](int64_t i) -> const Fruit& {
    return *keys[static_cast<size_t>(i)].fruit;
  };
  const auto whole = [&](const Whole& column) {
    return Int64Column(n, [&](int64_t i) { return fruit(i).*column.value; });
  };
  arrow::ArrayVector columns;
  ARROW_ASSIGN_OR_RAISE(columns.emplace_back(), whole(kIndex));
  ARROW_ASSIGN_OR_RAISE(
      columns.emplace_back(),
      StringColumn(kRegion, n, [&](int64_t i) -> auto& { return fruit(i).kind; }));
  for (const Whole& column : kPlaces) {
    ARROW_ASSIGN_OR_RAISE(columns.emplace_back(), whole(column));
  }
  ARROW_ASSIGN_OR_RAISE(columns.emplace_back(), Outlines(keys));
  return columns;
}

Status ReadFruits(const arrow::RecordBatch& batch, const std::string& path,
                  std::vector<RowKey>* keys) {
  if (batch.GetColumnByName(kIndex.name) == nullptr) return Status::OK();
  const auto column = [&](const char* name, const auto& type) {
    return Column(batch, path, name, *type, false);
  };
  for (auto& key : *keys) key.fruit.emplace();
  const auto read = [&](const Whole& whole) -> Status {
    ARROW_ASSIGN_OR_RAISE(const auto values, column(whole.name, arrow::int64()));
    for (size_t i = 0; i < keys->size(); ++i) {
      *(*keys)[i].fruit.*whole.value = Int64At(*values, static_cast<int64_t>(i));
    }
    return Status::OK();
  };
  ARROW_RETURN_NOT_OK(read(kIndex));
  for (const Whole& whole : kPlaces) ARROW_RETURN_NOT_OK(read(whole));
  ARROW_ASSIGN_OR_RAISE(const auto kinds, column(kRegion, arrow::utf8()));
  ARROW_ASSIGN_OR_RAISE(const auto outlines, column(kOutline, OutlineType()));
  const auto& lists = static_cast<const arrow::ListArray&>(*outlines);
  const auto& numbers = static_cast<const arrow::Int64Array&>(*lists.values());
  for (size_t i = 0; i < keys->size(); ++i) {
    const auto row = static_cast<int64_t>(i);
    Fruit& fruit = *(*keys)[i].fruit;
    fruit.kind = StringAt(*kinds, row);
    for (int64_t j = lists.value_offset(row); j < lists.value_offset(row + 1); ++j) {
      fruit.outline.push_back(numbers.Value(j));
    }
  }
  return Status::OK();
}

}  // namespace pomona::table
