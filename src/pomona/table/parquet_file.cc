// SPDX-License-Identifier: Apache-2.0
#include "pomona/table/parquet_file.h"

#include <charconv>
#include <exception>
#include <new>
#include <utility>

#include <arrow/api.h>
#include <arrow/io/interfaces.h>
#include <arrow/util/key_value_metadata.h>
#include <parquet/arrow/reader.h>
#include <parquet/arrow/writer.h>
#include <parquet/exception.h>
#include <parquet/file_reader.h>

namespace pomona::table {
namespace {

constexpr const char* kVersionKey = "pomona.schema_version";
constexpr const char* kTableKey = "pomona.table";
constexpr int64_t kMaxRows = int64_t{1} << 26;

// Arrow's own default keeps freed pages for each thread that ever wrote or read a file:
// 100 MB in a run of 40,000 images, whose shards are written by whichever thread is free.
arrow::MemoryPool* Pool() { return arrow::system_memory_pool(); }

std::shared_ptr<parquet::WriterProperties> Properties(const std::string& vectors) {
  parquet::WriterProperties::Builder builder;
  builder.memory_pool(Pool())
      ->compression(parquet::Compression::ZSTD)
      ->compression_level(1)
      ->version(parquet::ParquetVersion::PARQUET_2_6)
      ->enable_page_checksum();
  for (const char* unique : {"path", "sha256", "message"}) {
    builder.disable_dictionary(unique);
  }
  if (!vectors.empty()) {
    const std::string leaf = vectors + ".list.element";
    builder.disable_dictionary(leaf)->disable_statistics(leaf);
  }
  return builder.build();
}

Status Damaged(const std::string& path, const std::string& why) {
  return Status::Invalid("cannot read ", path, " as Parquet: ", why,
                         "; it is damaged or not a table of Pomona");
}

Status CheckKind(const arrow::KeyValueMetadata* metadata, const std::string& path,
                 std::string_view table) {
  const auto get = [&](const char* key) {
    return metadata == nullptr ? std::string() : metadata->Get(key).ValueOr("");
  };
  const std::string kind = get(kTableKey);
  if (kind != table) {
    return Status::Invalid(path, " is ", kind.empty() ? "no table of Pomona" : kind,
                           ", not ", table, " (key ", kTableKey, ")");
  }
  const std::string version = get(kVersionKey);
  int number = 0;
  std::from_chars(version.data(), version.data() + version.size(), number);
  if (number >= 1 && number <= kSchemaVersion) return Status::OK();
  return Status::Invalid(path, " has schema version '", version, "', known are 1 to ",
                         kSchemaVersion, ": read it with a newer Pomona");
}

// One validated chunk a column of the table that `read` gives.
Result<std::shared_ptr<arrow::RecordBatch>> ReadWith(
    const std::string& path,
    const std::function<Result<std::shared_ptr<arrow::Table>>()>& read) {
  std::shared_ptr<arrow::RecordBatch> batch;
  const Status status = CatchAll([&]() -> Status {
    ARROW_ASSIGN_OR_RAISE(auto table, read());
    ARROW_ASSIGN_OR_RAISE(batch, table->CombineChunksToBatch(Pool()));
    return batch->ValidateFull();
  });
  if (!status.ok()) return Damaged(path, status.message());
  return batch;
}

}  // namespace

Status CatchAll(const std::function<Status()>& work) {
  try {
    return work();
  } catch (const std::bad_alloc&) {
    return Status::OutOfMemory("not enough memory for a Parquet file");
  } catch (const std::exception& error) {
    return Status::UnknownError(error.what());
  }
}

struct ParquetFile::Impl {
  std::shared_ptr<arrow::Schema> schema;
  std::unique_ptr<store::AtomicFile> file;
  std::unique_ptr<parquet::arrow::FileWriter> writer;
};

ParquetFile::ParquetFile() : impl_(std::make_unique<Impl>()) {}

ParquetFile::~ParquetFile() {
  // Closing writes a footer into a file that then vanishes; its errors do not matter.
  if (impl_->writer != nullptr) {
    static_cast<void>(CatchAll([&] { return impl_->writer->Close(); }));
  }
}

Result<std::unique_ptr<ParquetFile>> ParquetFile::Create(
    store::ByteStore* store, const std::string& path, std::string_view table,
    const std::shared_ptr<arrow::Schema>& schema, const std::string& vectors,
    const Metadata& metadata) {
  Metadata all = metadata;
  all[kVersionKey] = std::to_string(kSchemaVersion);
  all[kTableKey] = table;
  auto pairs = std::make_shared<arrow::KeyValueMetadata>();
  for (const auto& [key, value] : all) pairs->Append(key, value);

  std::unique_ptr<ParquetFile> out(new ParquetFile());
  out->impl_->schema = schema->WithMetadata(pairs);
  ARROW_ASSIGN_OR_RAISE(out->impl_->file, store->Create(path));
  // The stream belongs to the file; Parquet only borrows it.
  std::shared_ptr<arrow::io::OutputStream> sink(out->impl_->file->stream(), [](auto*) {});
  auto arrow_properties =
      parquet::ArrowWriterProperties::Builder().store_schema()->build();
  ARROW_ASSIGN_OR_RAISE(out->impl_->writer, parquet::arrow::FileWriter::Open(
                                                *out->impl_->schema, Pool(), sink,
                                                Properties(vectors), arrow_properties));
  return out;
}

Status ParquetFile::Write(const std::vector<std::shared_ptr<arrow::Array>>& columns,
                          int64_t rows_per_group) {
  return CatchAll([&]() -> Status {
    const auto table = arrow::Table::Make(impl_->schema, columns);
    if (table->num_rows() == 0) return Status::OK();
    return impl_->writer->WriteTable(*table, rows_per_group);
  });
}

Status ParquetFile::Commit() {
  auto writer = std::move(impl_->writer);
  ARROW_RETURN_NOT_OK(CatchAll([&] { return writer->Close(); }));
  return impl_->file->Commit();
}

Result<std::unique_ptr<parquet::arrow::FileReader>> OpenParquet(store::ByteStore* store,
                                                                const std::string& path,
                                                                std::string_view table) {
  ARROW_ASSIGN_OR_RAISE(auto file, store->Open(path));
  std::unique_ptr<parquet::arrow::FileReader> reader;
  const Status opened = CatchAll([&]() -> Status {
    parquet::arrow::FileReaderBuilder builder;
    parquet::ReaderProperties properties(Pool());
    properties.set_page_checksum_verification(true);
    ARROW_RETURN_NOT_OK(builder.Open(std::move(file), properties));
    return builder.memory_pool(Pool())->Build(&reader);
  });
  if (!opened.ok()) return Damaged(path, opened.message());
  const auto metadata = reader->parquet_reader()->metadata();
  ARROW_RETURN_NOT_OK(CheckKind(metadata->key_value_metadata().get(), path, table));
  if (metadata->num_rows() < 0 || metadata->num_rows() > kMaxRows) {
    return Damaged(path, "it claims " + std::to_string(metadata->num_rows()) + " rows");
  }
  return reader;
}

Result<std::shared_ptr<arrow::RecordBatch>> ReadAll(parquet::arrow::FileReader* reader,
                                                    const std::string& path) {
  return ReadWith(path, [&] { return reader->ReadTable(); });
}

Result<std::shared_ptr<arrow::RecordBatch>> ReadGroup(parquet::arrow::FileReader* reader,
                                                      int group,
                                                      const std::string& path) {
  return ReadWith(path, [&] { return reader->ReadRowGroup(group); });
}

Result<std::shared_ptr<arrow::Array>> Column(const arrow::RecordBatch& batch,
                                             const std::string& path,
                                             const std::string& name,
                                             const arrow::DataType& needed,
                                             bool nullable) {
  auto column = batch.GetColumnByName(name);
  if (column == nullptr) {
    std::string names;
    for (const auto& field : batch.schema()->field_names()) names += " " + field;
    return Status::Invalid(path, " has no column '", name, "' (columns:", names, ")");
  }
  const bool list = needed.id() == arrow::Type::FIXED_SIZE_LIST;
  const bool same =
      list ? column->type_id() == needed.id() &&
                 column->type()->field(0)->type()->Equals(*needed.field(0)->type())
           : column->type()->Equals(needed);
  if (!same) {
    return Status::Invalid(
        path, ", column '", name, "': type ", column->type()->ToString(), " found, ",
        list ? "fixed_size_list<float>" : needed.ToString(), " needed");
  }
  int64_t nulls = nullable ? 0 : column->null_count();
  if (list) {
    nulls += std::static_pointer_cast<arrow::FixedSizeListArray>(column)
                 ->values()
                 ->null_count();
  }
  if (nulls > 0) {
    return Status::Invalid(path, ", column '", name, "': ", nulls,
                           " empty values where none may be");
  }
  return column;
}

Result<Metadata> ReadMetadata(store::ByteStore* store, const std::string& path) {
  ARROW_ASSIGN_OR_RAISE(auto file, store->Open(path));
  Metadata out;
  const Status read = CatchAll([&]() -> Status {
    const auto reader = parquet::ParquetFileReader::Open(file);
    const auto pairs = reader->metadata()->key_value_metadata();
    for (int64_t i = 0; pairs != nullptr && i < pairs->size(); ++i) {
      if (pairs->key(i) != "ARROW:schema") out[pairs->key(i)] = pairs->value(i);
    }
    return Status::OK();
  });
  if (!read.ok()) return Damaged(path, read.message());
  return out;
}

}  // namespace pomona::table
