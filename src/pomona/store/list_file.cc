// SPDX-License-Identifier: Apache-2.0
#include "pomona/store/list_file.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include <arrow/api.h>
#include <arrow/csv/api.h>
#include <arrow/io/interfaces.h>

#include "pomona/store/parquet_columns.h"
#include "pomona/store/posix.h"
#include "pomona/store/source_file.h"
#include "pomona/store/sources.h"
#include "pomona/store/utf8.h"

namespace pomona::store {
namespace {

using ListPtr = std::shared_ptr<SourceFile>;
using Visit = std::function<Status(std::string_view, const std::optional<std::string>&)>;

constexpr int64_t kChunk = 1 << 20;
constexpr size_t kHead = 1 << 16;  // tells what ends a path
constexpr size_t kLongestPath = 1 << 16;

Status ReadText(const ListPtr& list, const std::string& label_column,
                const Visit& visit) {
  const std::string& path = list->name();
  if (!label_column.empty()) {
    return Status::Invalid("labels from 'column:", label_column, "': list ", Quoted(path),
                           " is plain text without columns; use CSV or Parquet");
  }
  std::string pending;
  char end = '\n';
  const auto flush = [&]() -> Status {
    if (end == '\n' && pending.ends_with('\r')) pending.pop_back();
    if (!pending.empty()) ARROW_RETURN_NOT_OK(visit(pending, std::nullopt));
    pending.clear();
    return Status::OK();
  };
  for (int64_t offset = 0;; offset += kChunk) {
    ARROW_ASSIGN_OR_RAISE(auto chunk, list->ReadAt(offset, kChunk));
    std::string_view rest(reinterpret_cast<const char*>(chunk->data()),
                          static_cast<size_t>(chunk->size()));
    if (offset == 0) {
      if (rest.substr(0, kHead).find('\0') != std::string_view::npos) end = '\0';
      if (rest.starts_with("\xEF\xBB\xBF")) rest.remove_prefix(3);  // byte order mark
    }
    for (size_t at = 0; (at = rest.find(end)) != std::string_view::npos;) {
      pending += rest.substr(0, at);
      ARROW_RETURN_NOT_OK(flush());
      rest.remove_prefix(at + 1);
    }
    pending += rest;
    if (pending.size() > kLongestPath) {
      return Status::Invalid("list ", Quoted(path), ": a line of over 64 KB near byte ",
                             offset, "; is it a list of paths?");
    }
    if (chunk->size() < kChunk) break;
  }
  return flush();
}

// Opens the CSV with the columns `wanted` as bytes (all columns when empty).
Result<std::shared_ptr<arrow::csv::StreamingReader>> OpenCsv(
    const ListPtr& list, const std::vector<std::string>& wanted) {
  // Of its own, for each reader has a position and closes what it read.
  ARROW_ASSIGN_OR_RAISE(
      auto file, arrow::io::RandomAccessFile::GetStream(list->stream(), 0, list->size()));
  auto read = arrow::csv::ReadOptions::Defaults();
  read.use_threads = false;
  auto parse = arrow::csv::ParseOptions::Defaults();
  parse.newlines_in_values = true;
  auto convert = arrow::csv::ConvertOptions::Defaults();
  convert.check_utf8 = false;
  convert.strings_can_be_null = true;
  convert.quoted_strings_can_be_null = false;
  convert.null_values = {""};
  convert.include_columns = wanted;
  for (const auto& name : wanted) convert.column_types[name] = arrow::binary();
  auto reader = arrow::csv::StreamingReader::Make(arrow::io::default_io_context(),
                                                  std::move(file), read, parse, convert);
  if (reader.ok() || list->IsOwnError(reader.status())) return reader;
  return Status::Invalid("list ", Quoted(list->name()),
                         " is no CSV with a header: ", reader.status().message());
}

// `wanted`, or the first known name for a path, or the only column.
Result<std::string> PathColumn(const std::string& list,
                               const std::vector<std::string>& columns,
                               const std::string& wanted) {
  std::vector<std::string> names = {wanted};
  if (wanted.empty()) names = kPathColumns;
  for (const auto& name : names) {
    if (std::find(columns.begin(), columns.end(), name) != columns.end()) return name;
  }
  if (wanted.empty() && columns.size() == 1) return columns[0];
  std::string text;
  for (const auto& name : columns) text += (text.empty() ? "" : ", ") + name;
  return Status::Invalid("list ", Quoted(list), " has no column ",
                         wanted.empty() ? "'path'" : Quoted(wanted),
                         "; its columns: ", text);
}

Status ReadCsv(const ListPtr& list, const std::string& path_column,
               const std::string& label_column, const Visit& visit) {
  const std::string& path = list->name();
  ARROW_ASSIGN_OR_RAISE(auto header, OpenCsv(list, {}));
  const auto columns = header->schema()->field_names();
  ARROW_ASSIGN_OR_RAISE(const std::string paths, PathColumn(path, columns, path_column));
  std::vector<std::string> wanted = {paths};
  if (!label_column.empty()) {
    ARROW_RETURN_NOT_OK(PathColumn(path, columns, label_column).status());
    if (label_column != paths) wanted.push_back(label_column);
  }
  ARROW_ASSIGN_OR_RAISE(auto reader, OpenCsv(list, wanted));
  for (;;) {
    std::shared_ptr<arrow::RecordBatch> batch;
    const Status status = reader->ReadNext(&batch);
    if (list->IsOwnError(status)) return status;
    if (!status.ok()) {
      return Status::Invalid("list ", Quoted(path), ": ", status.message());
    }
    if (batch == nullptr) return Status::OK();
    for (int64_t i = 0; i < batch->num_rows(); ++i) {
      ARROW_ASSIGN_OR_RAISE(auto name, TextAt(*batch->column(0), i));
      std::optional<std::string> label;
      if (!label_column.empty()) {
        ARROW_ASSIGN_OR_RAISE(label, TextAt(*batch->GetColumnByName(label_column), i));
        if (label) label = EscapeInvalidUtf8(*label);
      }
      if (name && !name->empty()) ARROW_RETURN_NOT_OK(visit(*name, label));
    }
  }
}

Status ReadParquet(const ListPtr& list, const std::string& path_column,
                   const std::string& label_column, const Visit& visit) {
  ARROW_ASSIGN_OR_RAISE(auto file, ParquetColumns::Open(list));
  std::vector<Leaf> leaves;
  if (path_column.empty()) {
    const auto leaf = file->Guess(LeafKind::kText, kPathColumns);
    if (!leaf) {
      return Status::Invalid("list ", Quoted(list->name()),
                             " has no column 'path'; its columns: ", file->ColumnsText());
    }
    leaves.push_back(*leaf);
  } else {
    ARROW_ASSIGN_OR_RAISE(auto leaf, file->Named(path_column));
    leaves.push_back(leaf);
  }
  if (!label_column.empty()) {
    ARROW_ASSIGN_OR_RAISE(auto leaf, file->Named(label_column));
    leaves.push_back(leaf);
  }
  return file->Scan(leaves, [&](int64_t, const auto& columns) -> Status {
    for (int64_t i = 0; i < columns[0]->length(); ++i) {
      ARROW_ASSIGN_OR_RAISE(auto name, TextAt(*columns[0], i));
      std::optional<std::string> label;
      if (!label_column.empty()) {
        ARROW_ASSIGN_OR_RAISE(label, TextAt(*columns[1], i));
        if (label) label = EscapeInvalidUtf8(*label);
      }
      if (name && !name->empty()) ARROW_RETURN_NOT_OK(visit(*name, label));
    }
    return Status::OK();
  });
}

}  // namespace

Status ReadListFile(const ListPtr& list, const std::string& path_column,
                    const std::string& label_column, const Visit& visit) {
  ARROW_ASSIGN_OR_RAISE(const auto head, list->ReadAt(0, 4));
  if (head->ToString() == "PAR1") {
    return ReadParquet(list, path_column, label_column, visit);
  }
  if (list->name().ends_with(".csv")) {
    return ReadCsv(list, path_column, label_column, visit);
  }
  return ReadText(list, label_column, visit);
}

}  // namespace pomona::store
