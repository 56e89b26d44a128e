// SPDX-License-Identifier: Apache-2.0
// One file that holds pictures or their names (an archive, a table, a list): a local one
// or an object of S3, open to be read anywhere, and told apart from what replaces it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <arrow/io/type_fwd.h>
#include <arrow/util/future.h>

#include "pomona/base/status.h"
#include "pomona/store/image_source.h"

namespace pomona::store {

// Thread-safe but for the position of stream().
class SourceFile {
 public:
  virtual ~SourceFile() = default;
  // The file as messages show it: a path, "s3://bucket/key".
  virtual const std::string& name() const = 0;
  virtual int64_t size() const = 0;
  // As it was opened.
  virtual int64_t mtime_ns() const = 0;
  virtual std::optional<std::string> etag() const { return std::nullopt; }
  // What one read should ask for at least, where more is asked for soon.
  virtual int64_t useful_read() const = 0;
  // For readers of formats.
  virtual const std::shared_ptr<arrow::io::RandomAccessFile>& stream() const = 0;
  // `size` bytes at `offset`; fewer at the end. Waits.
  virtual Result<std::shared_ptr<arrow::Buffer>> ReadAt(int64_t offset, int64_t size) = 0;
  // The same without waiting; keeps what it needs of the file alive.
  virtual arrow::Future<std::shared_ptr<arrow::Buffer>> Start(int64_t offset,
                                                              int64_t size) = 0;
  // A reject (kChanged) unless the file still is the one that `image` was listed from.
  virtual Status CheckListed(const ListedImage& image) const = 0;
  // What a failed read means for one picture: a reject, or `status` where every picture
  // would meet it.
  virtual Status AsReject(const Status& status) const = 0;
  // Whether an error that a reader of formats met is one of reading this file, in words
  // that need no others; not of what is in it.
  virtual bool IsOwnError(const Status& status) const { return status.IsCancelled(); }
  // Reads that wait for a server fail with Cancelled, at once.
  virtual void Cancel() {}
};

// What a file holds.
enum class FileKind { kList, kTar, kParquet, kCompressed, kOther };
// So many of its first bytes tell.
inline constexpr int64_t kTellingBytes = 512;
// By the first bytes (all, of a file with fewer), then by the name.
FileKind TellFileKind(std::string_view name, std::string_view head);

Result<std::shared_ptr<SourceFile>> OpenLocalFile(const std::string& path);

// The picture at `offset` of an archive. Rejects: kBadName, kChanged, kTooLarge,
// kReadFailed.
arrow::Future<std::shared_ptr<arrow::Buffer>> ReadMember(
    const std::shared_ptr<SourceFile>& file, const ListedImage& image);

// Reads a file from front to back in pieces of useful_read(), some of them ahead where
// the reader goes on without gaps. Not thread-safe.
class AheadReader {
 public:
  explicit AheadReader(std::shared_ptr<SourceFile> file);
  // `size` bytes at `offset`; fewer at the end of the file.
  Result<std::string> Read(int64_t offset, int64_t size);

 private:
  Result<std::shared_ptr<arrow::Buffer>> Piece(int64_t number);

  const std::shared_ptr<SourceFile> file_;
  const int64_t piece_size_;
  const int64_t ahead_;  // pieces
  int64_t last_ = -1;
  std::map<int64_t, arrow::Future<std::shared_ptr<arrow::Buffer>>> pieces_;  // by number
};

}  // namespace pomona::store
