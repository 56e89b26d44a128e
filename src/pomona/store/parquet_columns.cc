// SPDX-License-Identifier: Apache-2.0
#include "pomona/store/parquet_columns.h"

#include <algorithm>
#include <exception>
#include <utility>

#include <arrow/api.h>
#include <parquet/arrow/reader.h>
#include <parquet/file_reader.h>
#include <parquet/schema.h>
#include <parquet/types.h>

#include "pomona/store/posix.h"

namespace pomona::store {
namespace {

using ArrayPtr = std::shared_ptr<arrow::Array>;

// A column is read so many useful_read() at a time; of a local file, 16 KB.
constexpr int64_t kReadsAtOnce = 4;

using FilePtr = std::shared_ptr<SourceFile>;

Status Damaged(const SourceFile& file, const std::string& why) {
  return Status::Invalid("cannot read ", Quoted(file.name()), " as Parquet: ", why,
                         "; it is damaged or of another format");
}

// Parquet's own calls throw.
Status Guarded(const SourceFile& file, const std::function<Status()>& work) {
  Status status;
  try {
    status = work();
  } catch (const parquet::ParquetStatusException& error) {
    status = error.status();
  } catch (const std::exception& error) {
    return Damaged(file, error.what());
  }
  if (status.ok() || status.IsOutOfMemory() || file.IsOwnError(status)) return status;
  return Damaged(file, status.message());
}

LeafKind KindOf(const parquet::ColumnDescriptor& column) {
  if (column.physical_type() != parquet::Type::BYTE_ARRAY) return LeafKind::kOther;
  const auto& type = column.logical_type();
  if (type == nullptr || type->is_none()) return LeafKind::kBytes;
  return type->is_string() || type->is_enum() ? LeafKind::kText : LeafKind::kOther;
}

// The leaf inside a chain of structs of one field each; a null struct is a null leaf.
Result<ArrayPtr> Unwrapped(ArrayPtr column) {
  while (column->type_id() == arrow::Type::STRUCT) {
    const auto& parent = static_cast<const arrow::StructArray&>(*column);
    if (parent.num_fields() != 1) return Status::Invalid("an unexpected struct");
    ARROW_ASSIGN_OR_RAISE(column, parent.GetFlattenedField(0));
  }
  return column;
}

class GroupBatches : public ParquetColumns::Batches {
 public:
  GroupBatches(FilePtr file, std::unique_ptr<arrow::RecordBatchReader> reader,
               std::vector<std::string> names)
      : file_(std::move(file)), reader_(std::move(reader)), names_(std::move(names)) {}

  Result<std::optional<std::vector<ArrayPtr>>> Next() override {
    std::optional<std::vector<ArrayPtr>> columns;
    ARROW_RETURN_NOT_OK(Guarded(*file_, [&]() -> Status {
      std::shared_ptr<arrow::RecordBatch> batch;
      ARROW_RETURN_NOT_OK(reader_->ReadNext(&batch));
      if (batch == nullptr) return Status::OK();
      ARROW_RETURN_NOT_OK(batch->Validate());
      columns.emplace();
      for (const auto& name : names_) {
        ARROW_ASSIGN_OR_RAISE(auto column, Find(*batch, name));
        columns->push_back(std::move(column));
      }
      return Status::OK();
    }));
    return columns;
  }

 private:
  // Follows "image.bytes" through the structs of the batch.
  static Result<ArrayPtr> Find(const arrow::RecordBatch& batch, const std::string& name) {
    for (int i = 0; i < batch.num_columns(); ++i) {
      const std::string& top = batch.column_name(i);
      if (top == name) return Unwrapped(batch.column(i));
      if (!name.starts_with(top + ".")) continue;
      const std::string rest = name.substr(top.size() + 1);
      if (batch.column(i)->type_id() != arrow::Type::STRUCT) continue;
      const auto& parent = static_cast<const arrow::StructArray&>(*batch.column(i));
      ARROW_ASSIGN_OR_RAISE(auto fields, parent.Flatten());
      const auto inner = arrow::RecordBatch::Make(arrow::schema(parent.type()->fields()),
                                                  parent.length(), std::move(fields));
      return Find(*inner, rest);
    }
    return Status::Invalid("column ", name, " is missing");
  }

  const FilePtr file_;
  std::unique_ptr<arrow::RecordBatchReader> reader_;
  std::vector<std::string> names_;
};

}  // namespace

struct ParquetColumns::Impl {
  FilePtr file;
  std::unique_ptr<parquet::arrow::FileReader> reader;
  std::shared_ptr<parquet::FileMetaData> metadata;
  std::vector<Leaf> leaves;
};

ParquetColumns::ParquetColumns() : impl_(std::make_unique<Impl>()) {}
ParquetColumns::~ParquetColumns() = default;

const SourceFile& ParquetColumns::file() const { return *impl_->file; }
const std::vector<Leaf>& ParquetColumns::leaves() const { return impl_->leaves; }
int64_t ParquetColumns::num_rows() const { return impl_->metadata->num_rows(); }
int ParquetColumns::num_groups() const { return impl_->metadata->num_row_groups(); }

int64_t ParquetColumns::rows_of_group(int group) const {
  return impl_->metadata->RowGroup(group)->num_rows();
}

Result<std::shared_ptr<ParquetColumns>> ParquetColumns::Open(FilePtr file) {
  std::shared_ptr<ParquetColumns> out(new ParquetColumns());
  Impl& impl = *out->impl_;
  impl.file = std::move(file);
  ARROW_RETURN_NOT_OK(Guarded(*impl.file, [&]() -> Status {
    parquet::ReaderProperties properties;
    properties.enable_buffered_stream();
    properties.set_buffer_size(kReadsAtOnce * impl.file->useful_read());
    parquet::ArrowReaderProperties arrow_properties;
    arrow_properties.set_pre_buffer(false);
    parquet::arrow::FileReaderBuilder builder;
    ARROW_RETURN_NOT_OK(builder.Open(impl.file->stream(), properties));
    builder.properties(arrow_properties);
    ARROW_RETURN_NOT_OK(builder.Build(&impl.reader));
    impl.metadata = impl.reader->parquet_reader()->metadata();
    for (int i = 0; i < impl.metadata->num_columns(); ++i) {
      const auto* column = impl.metadata->schema()->Column(i);
      if (column->max_repetition_level() > 0) continue;  // inside a list
      impl.leaves.push_back({column->path()->ToDotString(), i, KindOf(*column)});
    }
    return Status::OK();
  }));
  return out;
}

std::string ParquetColumns::ColumnsText() const {
  std::string text;
  for (const auto& leaf : impl_->leaves) {
    if (!text.empty()) text += ", ";
    text += leaf.name;
    text += leaf.kind == LeafKind::kBytes  ? " (bytes)"
            : leaf.kind == LeafKind::kText ? " (text)"
                                           : "";
  }
  return text.empty() ? "none" : text;
}

Result<Leaf> ParquetColumns::Named(const std::string& name) const {
  for (const auto& wanted : {name, name + ".bytes"}) {
    for (const auto& leaf : impl_->leaves) {
      if (leaf.name == wanted) return leaf;
    }
  }
  return Status::Invalid(Quoted(impl_->file->name()), " has no column ", Quoted(name),
                         "; its columns: ", ColumnsText());
}

std::optional<Leaf> ParquetColumns::Guess(LeafKind kind,
                                          const std::vector<std::string>& names) const {
  std::vector<Leaf> of_kind;
  for (const auto& leaf : impl_->leaves) {
    if (leaf.kind == kind) of_kind.push_back(leaf);
  }
  for (const auto& name : names) {
    for (const auto& leaf : of_kind) {
      if (leaf.name == name) return leaf;
    }
  }
  return of_kind.size() == 1 ? std::optional(of_kind[0]) : std::nullopt;
}

Result<std::unique_ptr<ParquetColumns::Batches>> ParquetColumns::ReadGroup(
    int group, const std::vector<Leaf>& leaves, int64_t batch_rows) {
  std::vector<int> indices;
  std::vector<std::string> names;
  for (const auto& leaf : leaves) {
    indices.push_back(leaf.index);
    names.push_back(leaf.name);
  }
  std::unique_ptr<arrow::RecordBatchReader> reader;
  ARROW_RETURN_NOT_OK(Guarded(*impl_->file, [&]() -> Status {
    impl_->reader->set_batch_size(batch_rows);
    ARROW_ASSIGN_OR_RAISE(reader, impl_->reader->GetRecordBatchReader({group}, indices));
    return Status::OK();
  }));
  return std::make_unique<GroupBatches>(impl_->file, std::move(reader), std::move(names));
}

Status ParquetColumns::Scan(
    const std::vector<Leaf>& leaves,
    const std::function<Status(int64_t, const std::vector<ArrayPtr>&)>& visit) {
  int64_t row = 0;
  for (int group = 0; group < num_groups(); ++group) {
    ARROW_ASSIGN_OR_RAISE(auto batches, ReadGroup(group, leaves, 4096));
    for (;;) {
      ARROW_ASSIGN_OR_RAISE(auto columns, batches->Next());
      if (!columns) break;
      ARROW_RETURN_NOT_OK(visit(row, *columns));
      row += (*columns)[0]->length();
    }
  }
  return Status::OK();
}

Result<std::optional<std::string>> TextAt(const arrow::Array& column, int64_t row) {
  if (column.IsNull(row)) return std::nullopt;
  switch (column.type_id()) {
    case arrow::Type::STRING:
    case arrow::Type::BINARY:
      return static_cast<const arrow::BinaryArray&>(column).GetString(row);
    case arrow::Type::LARGE_STRING:
    case arrow::Type::LARGE_BINARY:
      return static_cast<const arrow::LargeBinaryArray&>(column).GetString(row);
    case arrow::Type::DICTIONARY: {
      const auto& coded = static_cast<const arrow::DictionaryArray&>(column);
      return TextAt(*coded.dictionary(), coded.GetValueIndex(row));
    }
    default: {
      ARROW_ASSIGN_OR_RAISE(auto value, column.GetScalar(row));
      return value->ToString();
    }
  }
}

}  // namespace pomona::store
