// SPDX-License-Identifier: Apache-2.0
#include <arrow/io/file.h>
#include <arrow/type.h>
#include <arrow/util/key_value_metadata.h>
#include <nlohmann/json.hpp>
#include <parquet/arrow/reader.h>
#include <parquet/exception.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>

#include "pomona/job/layout.h"
#include "pomona/store/byte_store.h"

#include "info.h"
#include "text.h"

namespace pomona::cli {
namespace {

using Json = nlohmann::ordered_json;

struct Peek {
  std::shared_ptr<arrow::Schema> schema;
  int64_t rows = 0;
  int row_groups = 0;
  int64_t bytes = 0;
};

Result<Peek> PeekParquet(const std::string& path) {
  try {
    ARROW_ASSIGN_OR_RAISE(auto file, arrow::io::ReadableFile::Open(path));
    ARROW_ASSIGN_OR_RAISE(auto reader,
                          parquet::arrow::OpenFile(file, arrow::default_memory_pool()));
    Peek peek;
    ARROW_RETURN_NOT_OK(reader->GetSchema(&peek.schema));
    const auto metadata = reader->parquet_reader()->metadata();
    peek.rows = metadata->num_rows();
    peek.row_groups = metadata->num_row_groups();
    ARROW_ASSIGN_OR_RAISE(peek.bytes, file->GetSize());
    return peek;
  } catch (const parquet::ParquetException& error) {
    return Status::Invalid(path, ": ", error.what());
  }
}

Json MetadataJson(const Peek& peek) {
  Json json = Json::object();
  const auto metadata = peek.schema->metadata();
  if (metadata == nullptr) return json;
  for (int64_t i = 0; i < metadata->size(); ++i) {
    if (metadata->key(i).starts_with("ARROW:")) continue;
    json[metadata->key(i)] = metadata->value(i);
  }
  return json;
}

}  // namespace

Result<Info> ParquetInfo(const std::string& path) {
  ARROW_ASSIGN_OR_RAISE(const auto peek, PeekParquet(path));
  Json json = {{"file", path},
               {"rows", peek.rows},
               {"row_groups", peek.row_groups},
               {"bytes", peek.bytes},
               {"columns", Json::array()}};
  Info info;
  info.text = Field("parquet", Count(peek.rows, "row") + ", " +
                                   Count(peek.row_groups, "row group") + ", " +
                                   Bytes(peek.bytes));
  std::vector<std::vector<std::string>> table = {{"column", "type"}};
  for (const auto& field : peek.schema->fields()) {
    json["columns"].push_back(
        {{"name", field->name()}, {"type", field->type()->ToString()}});
    table.push_back({Printable(field->name()), Printable(field->type()->ToString())});
  }
  info.text += "\n" + Table(table);
  json["metadata"] = MetadataJson(peek);
  if (!json["metadata"].empty()) info.text += "\nmetadata\n";
  for (const auto& [key, value] : json["metadata"].items()) {
    info.text +=
        "  " + Printable(key) + " = " + Printable(value.get<std::string>()) + "\n";
  }
  info.json = json.dump(2, ' ', false, Json::error_handler_t::replace);
  return info;
}

bool IsFeatureFile(const std::string& path) {
  const auto peek = PeekParquet(path);
  if (!peek.ok()) return false;
  const auto field = peek->schema->GetFieldByName("features");
  return field != nullptr && field->type()->id() == arrow::Type::FIXED_SIZE_LIST;
}

bool HoldsRows(const std::string& source) {
  if (source.ends_with(".parquet")) return IsFeatureFile(source);
  auto store = store::OpenByteStore(source);
  if (!store.ok()) return false;
  if ((*store)->Exists(job::kPlanFile).ValueOr(false)) return true;
  return (*store)->Exists("part-00000.parquet").ValueOr(false);
}

}  // namespace pomona::cli
