// SPDX-License-Identifier: Apache-2.0
#include "pomona/store/source_file.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include <arrow/buffer.h>
#include <arrow/io/file.h>

#include "pomona/base/reject.h"
#include "pomona/store/posix.h"
#include "pomona/store/sources.h"

namespace pomona::store {
namespace {

constexpr int64_t kPage = 4096;
constexpr int64_t kAhead = 8;

Status ReadReject(RejectCode code, std::string message) {
  return RejectStatus(RejectStage::kRead, code, std::move(message));
}

class LocalSource : public SourceFile, public std::enable_shared_from_this<LocalSource> {
 public:
  LocalSource(std::string path, int fd, std::shared_ptr<arrow::io::ReadableFile> file,
              const struct stat& info)
      : path_(std::move(path)),
        fd_(fd),
        stream_(std::move(file)),
        size_(info.st_size),
        mtime_ns_(MtimeNs(info)) {}

  const std::string& name() const override { return path_; }
  int64_t size() const override { return size_; }
  int64_t mtime_ns() const override { return mtime_ns_; }
  int64_t useful_read() const override { return kPage; }
  const std::shared_ptr<arrow::io::RandomAccessFile>& stream() const override {
    return stream_;
  }
  Result<BufferPtr> ReadAt(int64_t offset, int64_t size) override {
    return store::ReadAt(fd_, offset, size, path_);
  }
  arrow::Future<BufferPtr> Start(int64_t offset, int64_t size) override {
    return OnIoThread(
        [self = shared_from_this(), offset, size] { return self->ReadAt(offset, size); });
  }
  Status CheckListed(const ListedImage& image) const override {
    struct stat info{};
    if (fstat(fd_, &info) != 0) {
      return AsReject(ErrnoStatus("look at", path_, errno));
    }
    if (MtimeNs(info) == image.mtime_ns) return Status::OK();
    return ReadReject(RejectCode::kChanged,
                      Quoted(path_) + " was modified since it was listed");
  }
  Status AsReject(const Status& status) const override {
    if (!status.IsIOError()) return status;  // out of memory
    return ReadReject(RejectCode::kReadFailed, status.message());
  }

 private:
  const std::string path_;
  const int fd_;  // belongs to `stream_`
  const std::shared_ptr<arrow::io::RandomAccessFile> stream_;
  const int64_t size_;
  const int64_t mtime_ns_;
};

}  // namespace

FileKind TellFileKind(std::string_view name, std::string_view head) {
  if (head.starts_with("PAR1")) return FileKind::kParquet;
  if (head.size() >= 512 && head.substr(257, 5) == "ustar") return FileKind::kTar;
  for (const char* magic :
       {"\x1F\x8B", "BZh", "\xFD\x37zXZ", "\x28\xB5\x2F\xFD", "PK\x03\x04"}) {
    if (head.starts_with(magic)) return FileKind::kCompressed;
  }
  if (name.ends_with(".tar")) return FileKind::kTar;
  if (name.ends_with(".parquet")) return FileKind::kParquet;
  for (const char* ending : {".txt", ".lst", ".csv"}) {
    if (name.ends_with(ending)) return FileKind::kList;
  }
  return FileKind::kOther;
}

Result<std::shared_ptr<SourceFile>> OpenLocalFile(const std::string& path) {
  ARROW_ASSIGN_OR_RAISE(auto fd, OpenForRead(path));
  struct stat info{};
  if (fstat(fd.get(), &info) != 0) return ErrnoStatus("look at", path, errno);
  ARROW_ASSIGN_OR_RAISE(auto file, arrow::io::ReadableFile::Open(fd.get()));
  const int number = fd.Release();
  return std::make_shared<LocalSource>(path, number, std::move(file), info);
}

arrow::Future<BufferPtr> ReadMember(const std::shared_ptr<SourceFile>& file,
                                    const ListedImage& image) {
  if (!image.valid_name) {
    return RejectStatus(RejectStage::kList, RejectCode::kBadName,
                        "the name is not UTF-8; rename the member");
  }
  if (image.size > kMaxEncodedBytes) {
    return ReadReject(RejectCode::kTooLarge, "has " + std::to_string(image.size) +
                                                 " bytes; pictures may have up to " +
                                                 std::to_string(kMaxEncodedBytes));
  }
  if (const Status status = file->CheckListed(image); !status.ok()) return status;
  return file->Start(image.locator, image.size)
      .Then(
          [size = image.size](const BufferPtr& bytes) -> Result<BufferPtr> {
            if (bytes->size() == size) return bytes;
            return ReadReject(RejectCode::kChanged, "ended while it was read");
          },
          [file](const Status& status) -> Result<BufferPtr> {
            return file->AsReject(status);
          });
}

AheadReader::AheadReader(std::shared_ptr<SourceFile> file)
    : file_(std::move(file)),
      piece_size_(file_->useful_read()),
      ahead_(piece_size_ > kPage ? kAhead : 0) {}

Result<std::string> AheadReader::Read(int64_t offset, int64_t size) {
  std::string out;
  while (size > 0) {
    ARROW_ASSIGN_OR_RAISE(const BufferPtr piece, Piece(offset / piece_size_));
    const int64_t at = offset % piece_size_;
    const int64_t part = std::min(size, piece->size() - at);
    if (part <= 0) break;
    out.append(reinterpret_cast<const char*>(piece->data()) + at,
               static_cast<size_t>(part));
    offset += part;
    size -= part;
  }
  return out;
}

Result<BufferPtr> AheadReader::Piece(int64_t number) {
  if (ahead_ == 0) return file_->ReadAt(number * piece_size_, piece_size_);
  const bool goes_on = number == last_ || number == last_ + 1;
  pieces_.erase(pieces_.begin(), pieces_.lower_bound(number));
  if (!goes_on) pieces_.clear();
  last_ = number;
  for (int64_t i = number; i <= number + (goes_on ? ahead_ : 0); ++i) {
    const int64_t offset = i * piece_size_;
    if (i > number && offset >= file_->size()) break;
    if (!pieces_.contains(i)) pieces_.emplace(i, file_->Start(offset, piece_size_));
  }
  return pieces_.at(number).result();
}

}  // namespace pomona::store
