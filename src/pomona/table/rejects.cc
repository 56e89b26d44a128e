// SPDX-License-Identifier: Apache-2.0
#include <arrow/api.h>
#include <parquet/arrow/reader.h>

#include "pomona/table/columns.h"
#include "pomona/table/parquet_file.h"
#include "pomona/table/tables.h"

namespace pomona::table {
namespace {

constexpr int64_t kRowsPerGroup = 65'536;

// The text columns, in the order of the file; "bytes" follows.
struct TextColumn {
  const char* name;
  std::string RejectRow::* member;
};
constexpr TextColumn kTexts[] = {{"path", &RejectRow::path},
                                 {"stage", &RejectRow::stage},
                                 {"code", &RejectRow::code},
                                 {"message", &RejectRow::message}};

}  // namespace

Status WriteRejects(store::ByteStore* store, const std::string& path,
                    const std::vector<RejectRow>& rows, const Metadata& metadata) {
  const auto n = static_cast<int64_t>(rows.size());
  std::vector<ArrayPtr> columns;
  arrow::FieldVector fields;
  for (const auto& text : kTexts) {
    ARROW_ASSIGN_OR_RAISE(auto column,
                          StringColumn(text.name, n, [&](int64_t i) -> auto& {
                            return rows[static_cast<size_t>(i)].*text.member;
                          }));
    columns.push_back(column);
    fields.push_back(arrow::field(text.name, arrow::utf8(), false));
  }
  ARROW_ASSIGN_OR_RAISE(auto bytes, Int64Column(n, [&](int64_t i) {
                          return rows[static_cast<size_t>(i)].bytes;
                        }));
  columns.push_back(bytes);
  fields.push_back(arrow::field("bytes", arrow::int64(), false));
  ARROW_ASSIGN_OR_RAISE(
      auto file,
      ParquetFile::Create(store, path, "rejects", arrow::schema(fields), "", metadata));
  ARROW_RETURN_NOT_OK(file->Write(columns, kRowsPerGroup));
  return file->Commit();
}

Result<std::vector<RejectRow>> ReadRejects(store::ByteStore* store,
                                           const std::string& path) {
  ARROW_ASSIGN_OR_RAISE(auto reader, OpenParquet(store, path, "rejects"));
  ARROW_ASSIGN_OR_RAISE(auto batch, ReadAll(reader.get(), path));
  std::vector<RejectRow> rows(static_cast<size_t>(batch->num_rows()));
  for (const auto& text : kTexts) {
    ARROW_ASSIGN_OR_RAISE(auto column, Column(*batch, path, text.name, *arrow::utf8()));
    for (size_t i = 0; i < rows.size(); ++i) {
      rows[i].*text.member = StringAt(*column, static_cast<int64_t>(i));
    }
  }
  ARROW_ASSIGN_OR_RAISE(auto bytes, Column(*batch, path, "bytes", *arrow::int64()));
  for (size_t i = 0; i < rows.size(); ++i) {
    rows[i].bytes = Int64At(*bytes, static_cast<int64_t>(i));
  }
  return rows;
}

}  // namespace pomona::table
