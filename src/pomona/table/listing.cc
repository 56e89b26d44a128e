// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdio>
#include <utility>

#include <arrow/api.h>
#include <parquet/arrow/reader.h>
#include <parquet/file_reader.h>

#include "pomona/table/columns.h"
#include "pomona/table/parquet_file.h"
#include "pomona/table/tables.h"

namespace pomona::table {
namespace {

using store::ListedImage;

std::shared_ptr<arrow::Schema> ListingSchema() {
  return arrow::schema({arrow::field("path", arrow::utf8(), false),
                        arrow::field("size", arrow::int64(), false),
                        arrow::field("mtime_ns", arrow::int64(), false),
                        arrow::field("label", arrow::utf8()),
                        arrow::field("locator", arrow::int64(), false),
                        arrow::field("valid_name", arrow::boolean(), false),
                        arrow::field("etag", arrow::utf8())});
}

std::string PartPath(const std::string& folder, int64_t part) {
  char name[40];
  std::snprintf(name, sizeof(name), "/part-%05lld.parquet", static_cast<long long>(part));
  return folder + name;
}

Result<std::vector<ArrayPtr>> ToColumns(const std::vector<ListedImage>& images) {
  const auto n = static_cast<int64_t>(images.size());
  const auto image = [&](int64_t i) -> auto& { return images[static_cast<size_t>(i)]; };
  ARROW_ASSIGN_OR_RAISE(auto path, StringColumn("path", n, [&](int64_t i) -> auto& {
                          return image(i).path;
                        }));
  ARROW_ASSIGN_OR_RAISE(auto size,
                        Int64Column(n, [&](int64_t i) { return image(i).size; }));
  ARROW_ASSIGN_OR_RAISE(auto mtime,
                        Int64Column(n, [&](int64_t i) { return image(i).mtime_ns; }));
  ARROW_ASSIGN_OR_RAISE(
      auto label, OptionalStringColumn(
                      "label", n, [&](int64_t i) -> auto& { return image(i).label; }));
  ARROW_ASSIGN_OR_RAISE(auto locator,
                        Int64Column(n, [&](int64_t i) { return image(i).locator; }));
  ARROW_ASSIGN_OR_RAISE(auto valid,
                        BoolColumn(n, [&](int64_t i) { return image(i).valid_name; }));
  ARROW_ASSIGN_OR_RAISE(
      auto etag,
      OptionalStringColumn("etag", n, [&](int64_t i) -> auto& { return image(i).etag; }));
  return std::vector<ArrayPtr>{path, size, mtime, label, locator, valid, etag};
}

Result<std::vector<ListedImage>> FromBatch(const arrow::RecordBatch& batch,
                                           const std::string& file) {
  const auto column = [&](const char* name, const auto& type, bool nullable = false) {
    return Column(batch, file, name, *type, nullable);
  };
  ARROW_ASSIGN_OR_RAISE(auto path, column("path", arrow::utf8()));
  ARROW_ASSIGN_OR_RAISE(auto size, column("size", arrow::int64()));
  ARROW_ASSIGN_OR_RAISE(auto mtime, column("mtime_ns", arrow::int64()));
  ARROW_ASSIGN_OR_RAISE(auto label, column("label", arrow::utf8(), true));
  ARROW_ASSIGN_OR_RAISE(auto locator, column("locator", arrow::int64()));
  ARROW_ASSIGN_OR_RAISE(auto valid, column("valid_name", arrow::boolean()));
  // Not in listings that were written before S3 could be read.
  ArrayPtr etag;
  if (batch.schema()->GetFieldIndex("etag") >= 0) {
    ARROW_ASSIGN_OR_RAISE(etag, column("etag", arrow::utf8(), true));
  }
  std::vector<ListedImage> images;
  images.reserve(static_cast<size_t>(batch.num_rows()));
  for (int64_t i = 0; i < batch.num_rows(); ++i) {
    images.push_back({StringAt(*path, i), Int64At(*size, i), Int64At(*mtime, i),
                      Int64At(*locator, i), OptionalStringAt(*label, i),
                      BoolAt(*valid, i),
                      etag ? OptionalStringAt(*etag, i) : std::nullopt});
  }
  return images;
}

}  // namespace

struct ListingWriter::Impl {
  Impl(store::ByteStore* to, std::string in, int64_t rows, int64_t row_groups)
      : store(to),
        folder(std::move(in)),
        rows_per_group(std::max<int64_t>(1, rows)),
        groups_per_part(std::max<int64_t>(1, row_groups)) {}

  store::ByteStore* store;
  std::string folder;
  int64_t rows_per_group;
  int64_t groups_per_part;
  std::unique_ptr<ParquetFile> file;
  std::vector<ListedImage> pending;
  std::string last_path;
  int64_t part = 0;     // the number of the part being written, or the next
  int64_t groups = 0;   // written to it
  int64_t written = 0;  // rows in all

  Status OpenPart() {
    ARROW_ASSIGN_OR_RAISE(file, ParquetFile::Create(store, PartPath(folder, part),
                                                    "listing", ListingSchema(), "", {}));
    return Status::OK();
  }
  Status ClosePart() {
    if (file == nullptr) return Status::OK();
    ARROW_RETURN_NOT_OK(file->Commit());
    file.reset();
    groups = 0;
    ++part;
    return Status::OK();
  }
  Status WriteGroup() {
    if (pending.empty()) return Status::OK();
    if (file == nullptr) ARROW_RETURN_NOT_OK(OpenPart());
    ARROW_ASSIGN_OR_RAISE(auto columns, ToColumns(pending));
    ARROW_RETURN_NOT_OK(file->Write(columns, rows_per_group));
    written += static_cast<int64_t>(pending.size());
    pending.clear();
    return ++groups == groups_per_part ? ClosePart() : Status::OK();
  }
};

ListingWriter::ListingWriter(store::ByteStore* store, std::string folder,
                             int64_t rows_per_group, int64_t groups_per_part)
    : impl_(std::make_unique<Impl>(store, std::move(folder), rows_per_group,
                                   groups_per_part)) {}
ListingWriter::~ListingWriter() = default;

const std::string& ListingWriter::last_path() const { return impl_->last_path; }

Status ListingWriter::Resume(int64_t parts) {
  if (impl_->written > 0 || !impl_->pending.empty()) {
    return Status::Invalid("a listing is resumed before its first row, not later");
  }
  for (int64_t part = 0; part < parts; ++part) {
    const std::string path = PartPath(impl_->folder, part);
    ARROW_ASSIGN_OR_RAISE(auto reader, OpenParquet(impl_->store, path, "listing"));
    const int64_t rows = reader->parquet_reader()->metadata()->num_rows();
    if (rows != impl_->rows_per_group * impl_->groups_per_part) {
      return Status::Invalid(path, " has ", rows, " rows where a full part has ",
                             impl_->rows_per_group * impl_->groups_per_part,
                             ": it cannot be resumed");
    }
    impl_->written += rows;
    if (part + 1 < parts) continue;
    ARROW_ASSIGN_OR_RAISE(auto batch,
                          ReadGroup(reader.get(), reader->num_row_groups() - 1, path));
    ARROW_ASSIGN_OR_RAISE(auto images, FromBatch(*batch, path));
    if (images.empty()) return Status::Invalid(path, ": its last row group is empty");
    impl_->last_path = images.back().path;
  }
  impl_->part = parts;
  return Status::OK();
}

Status ListingWriter::Append(ListedImage image) {
  impl_->last_path = image.path;
  impl_->pending.push_back(std::move(image));
  if (static_cast<int64_t>(impl_->pending.size()) < impl_->rows_per_group) {
    return Status::OK();
  }
  return impl_->WriteGroup();
}

Result<int64_t> ListingWriter::Finish() {
  ARROW_RETURN_NOT_OK(impl_->WriteGroup());
  if (impl_->written == 0 && impl_->file == nullptr) {
    ARROW_RETURN_NOT_OK(impl_->OpenPart());  // an empty listing is a file too
  }
  ARROW_RETURN_NOT_OK(impl_->ClosePart());
  return impl_->written;
}

Result<std::vector<ListedImage>> ReadListingShard(store::ByteStore* store,
                                                  const std::string& folder,
                                                  int64_t shard,
                                                  int64_t groups_per_part) {
  if (shard < 0 || groups_per_part < 1) {
    return Status::Invalid("no shard ", shard, " in ", folder);
  }
  const std::string path = PartPath(folder, shard / groups_per_part);
  const int64_t group = shard % groups_per_part;
  ARROW_ASSIGN_OR_RAISE(auto reader, OpenParquet(store, path, "listing"));
  if (group >= reader->num_row_groups()) {
    return Status::Invalid("no shard ", shard, " in ", folder, ": ", path, " has ",
                           reader->num_row_groups(), " row groups");
  }
  ARROW_ASSIGN_OR_RAISE(auto batch,
                        ReadGroup(reader.get(), static_cast<int>(group), path));
  return FromBatch(*batch, path);
}

Result<std::vector<std::string>> ListingParts(store::ByteStore* store,
                                              const std::string& folder) {
  ARROW_ASSIGN_OR_RAISE(const auto files, store->List(folder));
  std::vector<std::string> parts;
  for (const auto& file : files) {
    if (file.path.ends_with(".parquet")) parts.push_back(file.path);
  }
  return parts;
}

Status ScanListing(store::ByteStore* store, const std::string& folder,
                   const std::function<Status(const ListedImage&)>& visit) {
  ARROW_ASSIGN_OR_RAISE(const auto parts, ListingParts(store, folder));
  for (size_t part = 0; part < parts.size(); ++part) {
    const std::string path = PartPath(folder, static_cast<int64_t>(part));
    if (parts[part] != path) {
      return Status::Invalid("the listing in ", folder, " lacks ", path, " (found ",
                             parts[part], ")");
    }
    ARROW_ASSIGN_OR_RAISE(auto reader, OpenParquet(store, path, "listing"));
    for (int group = 0; group < reader->num_row_groups(); ++group) {
      ARROW_ASSIGN_OR_RAISE(auto batch, ReadGroup(reader.get(), group, path));
      ARROW_ASSIGN_OR_RAISE(auto images, FromBatch(*batch, path));
      for (const auto& image : images) ARROW_RETURN_NOT_OK(visit(image));
    }
  }
  return Status::OK();
}

}  // namespace pomona::table
