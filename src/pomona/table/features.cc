// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include <arrow/api.h>
#include <parquet/arrow/reader.h>

#include "pomona/table/columns.h"
#include "pomona/table/fruit_columns.h"
#include "pomona/table/parquet_file.h"
#include "pomona/table/tables.h"

namespace pomona::table {
namespace {

// 19 MB of numbers at 4,608 columns: what a reader holds at a time.
constexpr int64_t kRowsPerGroup = 1024;

std::shared_ptr<arrow::Schema> FeatureSchema(const FeatureTable& table) {
  arrow::FieldVector fields = {arrow::field("path", arrow::utf8(), false),
                               arrow::field("label", arrow::utf8()),
                               arrow::field("width", arrow::int64(), false),
                               arrow::field("height", arrow::int64(), false),
                               arrow::field("sha256", arrow::utf8(), false)};
  if (table.has_fruits()) {
    const auto fruits = FruitFields();
    fields.insert(fields.end(), fruits.begin(), fruits.end());
  }
  fields.push_back(arrow::field("features", VectorType(table.dim), false));
  return arrow::schema(std::move(fields));
}

}  // namespace

Status WriteFeatures(store::ByteStore* store, const std::string& path,
                     const FeatureTable& table, const Metadata& metadata) {
  const auto n = static_cast<int64_t>(table.keys.size());
  const auto key = [&](int64_t i) -> const RowKey& {
    return table.keys[static_cast<size_t>(i)];
  };
  ARROW_ASSIGN_OR_RAISE(auto rows, VectorColumn(table.rows, n, table.dim));
  ARROW_ASSIGN_OR_RAISE(auto paths, StringColumn("path", n, [&](int64_t i) -> auto& {
                          return key(i).path;
                        }));
  ARROW_ASSIGN_OR_RAISE(
      auto labels,
      OptionalStringColumn("label", n, [&](int64_t i) -> auto& { return key(i).label; }));
  ARROW_ASSIGN_OR_RAISE(auto widths,
                        Int64Column(n, [&](int64_t i) { return key(i).width; }));
  ARROW_ASSIGN_OR_RAISE(auto heights,
                        Int64Column(n, [&](int64_t i) { return key(i).height; }));
  ARROW_ASSIGN_OR_RAISE(auto hashes, StringColumn("sha256", n, [&](int64_t i) -> auto& {
                          return key(i).sha256;
                        }));
  ARROW_ASSIGN_OR_RAISE(auto file,
                        ParquetFile::Create(store, path, "features", FeatureSchema(table),
                                            "features", metadata));
  arrow::ArrayVector columns = {paths, labels, widths, heights, hashes};
  if (table.has_fruits()) {
    ARROW_ASSIGN_OR_RAISE(const auto fruits, FruitColumns(table.keys));
    columns.insert(columns.end(), fruits.begin(), fruits.end());
  }
  columns.push_back(rows);
  ARROW_RETURN_NOT_OK(file->Write(columns, kRowsPerGroup));
  return file->Commit();
}

int64_t FeatureTable::CountPictures() const {
  return std::count_if(keys.begin(), keys.end(), [](const RowKey& key) {
    return !key.fruit || key.fruit->index == 0;
  });
}

Result<FeatureTable> ReadFeatures(store::ByteStore* store, const std::string& path) {
  ARROW_ASSIGN_OR_RAISE(auto reader, OpenParquet(store, path, "features"));
  ARROW_ASSIGN_OR_RAISE(auto batch, ReadAll(reader.get(), path));
  const auto column = [&](const char* name, const auto& type, bool nullable = false) {
    return Column(*batch, path, name, *type, nullable);
  };
  ARROW_ASSIGN_OR_RAISE(auto paths, column("path", arrow::utf8()));
  ARROW_ASSIGN_OR_RAISE(auto labels, column("label", arrow::utf8(), true));
  ARROW_ASSIGN_OR_RAISE(auto widths, column("width", arrow::int64()));
  ARROW_ASSIGN_OR_RAISE(auto heights, column("height", arrow::int64()));
  ARROW_ASSIGN_OR_RAISE(auto hashes, column("sha256", arrow::utf8()));
  ARROW_ASSIGN_OR_RAISE(auto rows, column("features", VectorType(1)));
  FeatureTable table;
  table.keys.reserve(static_cast<size_t>(batch->num_rows()));
  for (int64_t i = 0; i < batch->num_rows(); ++i) {
    table.keys.push_back({StringAt(*paths, i), OptionalStringAt(*labels, i),
                          Int64At(*widths, i), Int64At(*heights, i),
                          StringAt(*hashes, i)});
  }
  ARROW_RETURN_NOT_OK(ReadFruits(*batch, path, &table.keys));
  table.rows = VectorsOf(*rows, &table.dim);
  return table;
}

}  // namespace pomona::table
