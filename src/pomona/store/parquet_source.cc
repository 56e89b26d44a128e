// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <deque>
#include <mutex>
#include <utility>

#include <arrow/api.h>
#include <arrow/util/future.h>

#include "pomona/base/reject.h"
#include "pomona/store/parquet_columns.h"
#include "pomona/store/sources.h"
#include "pomona/store/utf8.h"

namespace pomona::store {
namespace {

using ArrayPtr = std::shared_ptr<arrow::Array>;

constexpr int64_t kBatchRows = 64;
constexpr size_t kKeptBatches = 6;

Status ReadFailed(RejectCode code, std::string message) {
  return RejectStatus(RejectStage::kRead, code, std::move(message));
}

// Rows of the bytes column by number. Rows that come about in order are decoded once; a
// step back starts its row group again. Thread-safe.
class RowReader {
 public:
  RowReader(std::shared_ptr<ParquetColumns> file, Leaf leaf)
      : file_(std::move(file)), leaf_(std::move(leaf)) {}

  Result<BufferPtr> Read(const ListedImage& image) {
    std::lock_guard lock(mutex_);
    ARROW_RETURN_NOT_OK(file_->file().CheckListed(image));
    if (image.locator < 0 || image.locator >= file_->num_rows()) {
      return ReadFailed(RejectCode::kChanged, Quoted(file_->file().name()) +
                                                  " was modified since it was listed");
    }
    auto batch = BatchOf(image.locator);
    if (file_->file().IsOwnError(batch.status())) {
      cursor_.reset();
      return file_->file().AsReject(batch.status());
    }
    if (!batch.ok()) return ReadFailed(RejectCode::kReadFailed, batch.status().message());
    return BytesAt(*batch->column, image.locator - batch->first);
  }

 private:
  struct Batch {
    int64_t first = 0;
    ArrayPtr column;
    bool Holds(int64_t row) const {
      return row >= first && row < first + column->length();
    }
  };

  Result<Batch> BatchOf(int64_t row) {
    for (const auto& batch : kept_) {
      if (batch.Holds(row)) return batch;
    }
    if (cursor_ == nullptr || row < next_row_ || row >= group_end_) {
      ARROW_RETURN_NOT_OK(StartGroupOf(row));
    }
    for (;;) {
      ARROW_ASSIGN_OR_RAISE(auto columns, cursor_->Next());
      if (!columns || (*columns)[0]->length() == 0) {
        cursor_.reset();
        return Status::Invalid("row ", row, " is missing");
      }
      Batch batch{next_row_, (*columns)[0]};
      next_row_ += batch.column->length();
      if (!batch.Holds(row)) continue;
      if (kept_.size() == kKeptBatches) kept_.pop_front();
      kept_.push_back(batch);
      return batch;
    }
  }

  Status StartGroupOf(int64_t row) {
    cursor_.reset();
    next_row_ = 0;
    int group = 0;
    for (; group < file_->num_groups(); ++group) {
      group_end_ = next_row_ + file_->rows_of_group(group);
      if (row < group_end_) break;
      next_row_ = group_end_;
    }
    ARROW_ASSIGN_OR_RAISE(cursor_, file_->ReadGroup(group, {leaf_}, kBatchRows));
    return Status::OK();
  }

  static Result<BufferPtr> BytesAt(const arrow::Array& column, int64_t i) {
    int64_t offset = 0;
    int64_t size = 0;
    BufferPtr data;
    if (column.IsNull(i)) return arrow::AllocateBuffer(0);  // decoded as "empty"
    if (column.type_id() == arrow::Type::BINARY) {
      const auto& bytes = static_cast<const arrow::BinaryArray&>(column);
      offset = bytes.value_offset(i);
      size = bytes.value_length(i);
      data = bytes.value_data();
    } else if (column.type_id() == arrow::Type::LARGE_BINARY) {
      const auto& bytes = static_cast<const arrow::LargeBinaryArray&>(column);
      offset = bytes.value_offset(i);
      size = bytes.value_length(i);
      data = bytes.value_data();
    } else {
      return Status::Invalid("a bytes column of type ", column.type()->ToString());
    }
    if (size > kMaxEncodedBytes) {
      return ReadFailed(RejectCode::kTooLarge, "has " + std::to_string(size) +
                                                   " bytes; pictures may have up to " +
                                                   std::to_string(kMaxEncodedBytes));
    }
    return arrow::SliceBuffer(data, offset, size);
  }

  std::mutex mutex_;
  std::shared_ptr<ParquetColumns> file_;
  Leaf leaf_;
  std::deque<Batch> kept_;
  std::unique_ptr<ParquetColumns::Batches> cursor_;
  int64_t next_row_ = 0;   // of the cursor
  int64_t group_end_ = 0;  // of the cursor's row group
};

struct Columns {
  Leaf bytes;
  std::optional<Leaf> path;
  std::optional<Leaf> label;
};

class ParquetSource : public ImageSource {
 public:
  ParquetSource(OpenedFile opened, std::shared_ptr<ParquetColumns> file, Columns columns,
                LabelRule rule)
      : opened_(std::move(opened)),
        file_(std::move(file)),
        columns_(std::move(columns)),
        rule_(std::move(rule)),
        rows_(std::make_shared<RowReader>(file_, columns_.bytes)) {}

  std::string description() const override {
    return "Parquet " + Quoted(file_->file().name()) + ", column " + columns_.bytes.name;
  }
  std::string uri() const override { return opened_.uri; }

  // Paths of the column stand for themselves only when they rise from row to row.
  Status CheckPaths() {
    if (!columns_.path || checked_) return Status::OK();
    checked_ = true;
    std::string last;
    rising_ = true;
    return file_->Scan({*columns_.path}, [&](int64_t, const auto& columns) -> Status {
      for (int64_t i = 0; rising_ && i < columns[0]->length(); ++i) {
        ARROW_ASSIGN_OR_RAISE(auto text, TextAt(*columns[0], i));
        std::string path = EscapeInvalidUtf8(text.value_or(""));
        rising_ = path > last;
        last = std::move(path);
      }
      return Status::OK();
    });
  }

  Result<SkippedCounts> List(const std::string& after,
                             const std::function<Status(ListedImage)>& visit) override {
    ARROW_RETURN_NOT_OK(CheckPaths());
    std::vector<Leaf> leaves;
    if (columns_.path) leaves.push_back(*columns_.path);
    if (columns_.label) leaves.push_back(*columns_.label);
    const auto visit_row = [&](int64_t row, std::optional<std::string> path,
                               std::optional<std::string> label) -> Status {
      ListedImage image = Named(row, path);
      if (image.path <= after) return Status::OK();
      image.size = -1;
      image.mtime_ns = file_->file().mtime_ns();
      image.etag = file_->file().etag();
      image.locator = row;
      image.label = columns_.label ? std::move(label) : rule_.FromPath(path.value_or(""));
      return visit(std::move(image));
    };
    if (leaves.empty()) {
      for (int64_t row = 0; row < file_->num_rows(); ++row) {
        ARROW_RETURN_NOT_OK(visit_row(row, {}, {}));
      }
      return SkippedCounts{};
    }
    ARROW_RETURN_NOT_OK(
        file_->Scan(leaves, [&](int64_t first, const auto& columns) -> Status {
          for (int64_t i = 0; i < columns[0]->length(); ++i) {
            std::optional<std::string> path;
            std::optional<std::string> label;
            if (columns_.path) {
              ARROW_ASSIGN_OR_RAISE(path, TextAt(*columns.front(), i));
            }
            if (columns_.label) {
              ARROW_ASSIGN_OR_RAISE(label, TextAt(*columns.back(), i));
              if (label) label = EscapeInvalidUtf8(*label);
            }
            ARROW_RETURN_NOT_OK(visit_row(first + i, std::move(path), std::move(label)));
          }
          return Status::OK();
        }));
    return SkippedCounts{};
  }

  arrow::Future<BufferPtr> Read(const ListedImage& image) override {
    return OnIoThread([rows = rows_, image] { return rows->Read(image); });
  }

  void Cancel() override { opened_.file->Cancel(); }

 private:
  // "apple.jpg" where paths rise, else "0000000042/apple.jpg", so that the order of the
  // listing is that of the file and no two names are equal.
  ListedImage Named(int64_t row, const std::optional<std::string>& path) const {
    ListedImage image = NamedImage(path.value_or(""));
    image.valid_name = true;  // its bytes are found by row, not by name
    if (rising_) return image;
    char number[32];
    std::snprintf(number, sizeof(number), "%010lld", static_cast<long long>(row));
    image.path = image.path.empty() ? number : std::string(number) + "/" + image.path;
    return image;
  }

  OpenedFile opened_;
  std::shared_ptr<ParquetColumns> file_;
  Columns columns_;
  LabelRule rule_;
  std::shared_ptr<RowReader> rows_;
  bool checked_ = false;
  bool rising_ = false;
};

}  // namespace

Result<std::unique_ptr<ImageSource>> OpenParquetSource(const OpenedFile& opened,
                                                       LabelRule rule,
                                                       const SourceOptions& options) {
  ARROW_ASSIGN_OR_RAISE(auto file, ParquetColumns::Open(opened.file));
  std::optional<Leaf> image;
  if (options.image_column.empty()) {
    image = file->Guess(LeafKind::kBytes,
                        {"content", "image", "bytes", "image.bytes", "jpg", "png"});
    if (!image) image = file->Guess(LeafKind::kText, kPathColumns);
  } else {
    ARROW_ASSIGN_OR_RAISE(image, file->Named(options.image_column));
  }
  if (!image || image->kind == LeafKind::kOther) {
    return Status::Invalid(Quoted(opened.file->name()),
                           ": which column holds the pictures (bytes) or "
                           "their paths (text)? Name it; its columns: ",
                           file->ColumnsText());
  }
  if (image->kind == LeafKind::kText) {
    return OpenListSource(opened, std::move(rule), options);
  }
  Columns columns{*image, {}, {}};
  const size_t dot = image->name.find_last_of('.');
  std::vector<std::string> names = kPathColumns;
  if (dot != std::string::npos)
    names.insert(names.begin(), image->name.substr(0, dot) + ".path");
  for (const auto& name : names) {
    for (const auto& leaf : file->leaves()) {
      if (!columns.path && leaf.name == name && leaf.kind == LeafKind::kText) {
        columns.path = leaf;
      }
    }
  }
  if (!rule.column().empty()) {
    ARROW_ASSIGN_OR_RAISE(columns.label, file->Named(rule.column()));
  }
  auto source = std::make_unique<ParquetSource>(opened, std::move(file),
                                                std::move(columns), std::move(rule));
  if (!options.listed) ARROW_RETURN_NOT_OK(source->CheckPaths());
  return source;
}

}  // namespace pomona::store
