// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include <arrow/api.h>
#include <parquet/arrow/reader.h>

#include "pomona/table/columns.h"
#include "pomona/table/parquet_file.h"
#include "pomona/table/tables.h"

namespace pomona::table {
namespace {

constexpr int64_t kRowsPerGroup = 65'536;

std::shared_ptr<arrow::Schema> ReducedSchema(int64_t k) {
  return arrow::schema({arrow::field("path", arrow::utf8(), false),
                        arrow::field("label", arrow::utf8()),
                        arrow::field("pca", VectorType(k), false)});
}

}  // namespace

Status CheckReduced(const ReducedTable& table) {
  const auto n = static_cast<int64_t>(table.paths.size());
  if (table.labels.size() != table.paths.size()) {
    return Status::Invalid("a table of ", n, " rows has ", table.labels.size(),
                           " labels");
  }
  return VectorColumn(table.rows, n, table.k).status();
}

Status WriteReduced(store::ByteStore* store, const std::string& path,
                    const ReducedTable& table, const Metadata& metadata) {
  ARROW_RETURN_NOT_OK(CheckReduced(table));
  const auto n = static_cast<int64_t>(table.paths.size());
  ARROW_ASSIGN_OR_RAISE(auto rows, VectorColumn(table.rows, n, table.k));
  ARROW_ASSIGN_OR_RAISE(auto paths, StringColumn("path", n, [&](int64_t i) -> auto& {
                          return table.paths[static_cast<size_t>(i)];
                        }));
  ARROW_ASSIGN_OR_RAISE(auto labels,
                        OptionalStringColumn("label", n, [&](int64_t i) -> auto& {
                          return table.labels[static_cast<size_t>(i)];
                        }));
  ARROW_ASSIGN_OR_RAISE(
      auto file, ParquetFile::Create(store, path, "reduced", ReducedSchema(table.k),
                                     "pca", metadata));
  ARROW_RETURN_NOT_OK(file->Write({paths, labels, rows}, kRowsPerGroup));
  return file->Commit();
}

Result<ReducedTable> ReadReduced(store::ByteStore* store, const std::string& path) {
  ARROW_ASSIGN_OR_RAISE(auto reader, OpenParquet(store, path, "reduced"));
  ARROW_ASSIGN_OR_RAISE(auto batch, ReadAll(reader.get(), path));
  ARROW_ASSIGN_OR_RAISE(auto paths, Column(*batch, path, "path", *arrow::utf8()));
  ARROW_ASSIGN_OR_RAISE(auto labels, Column(*batch, path, "label", *arrow::utf8(), true));
  ARROW_ASSIGN_OR_RAISE(auto rows, Column(*batch, path, "pca", *VectorType(1)));
  ReducedTable table;
  for (int64_t i = 0; i < batch->num_rows(); ++i) {
    table.paths.push_back(StringAt(*paths, i));
    table.labels.push_back(OptionalStringAt(*labels, i));
  }
  table.rows = VectorsOf(*rows, &table.k);
  return table;
}

}  // namespace pomona::table
