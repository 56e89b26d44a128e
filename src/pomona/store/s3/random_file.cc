// SPDX-License-Identifier: Apache-2.0
#include "pomona/store/s3/random_file.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include <arrow/buffer.h>
#include <arrow/io/interfaces.h>
#include <arrow/io/memory.h>

namespace pomona::store::s3 {
namespace {

constexpr int64_t kWhole = int64_t{1} << 20;

class RangedFile : public arrow::io::RandomAccessFile {
 public:
  RangedFile(std::shared_ptr<S3Client> client, S3Object object)
      : client_(std::move(client)), object_(std::move(object)) {}

  Status Close() override {
    closed_ = true;
    return Status::OK();
  }
  bool closed() const override { return closed_; }
  Result<int64_t> GetSize() override { return object_.size; }
  Result<int64_t> Tell() const override { return position_; }
  Status Seek(int64_t position) override {
    if (position < 0) return Status::Invalid("a position below 0");
    position_ = position;
    return Status::OK();
  }

  Result<std::shared_ptr<arrow::Buffer>> ReadAt(int64_t position,
                                                int64_t bytes) override {
    if (closed_) return Status::Invalid("the file is closed");
    if (position < 0 || bytes < 0) return Status::Invalid("a range below 0");
    const int64_t size = std::clamp<int64_t>(object_.size - position, 0, bytes);
    if (size == 0) return std::make_shared<arrow::Buffer>(nullptr, 0);
    GetOptions options;
    options.if_match = object_.etag;
    options.range = ByteRange{position, size};
    ARROW_ASSIGN_OR_RAISE(auto content, client_->Fetch(object_.key, options));
    return content.bytes;
  }
  Result<int64_t> ReadAt(int64_t position, int64_t bytes, void* out) override {
    ARROW_ASSIGN_OR_RAISE(const auto buffer, ReadAt(position, bytes));
    if (buffer->size() > 0) {
      std::memcpy(out, buffer->data(), static_cast<size_t>(buffer->size()));
    }
    return buffer->size();
  }
  Result<int64_t> Read(int64_t bytes, void* out) override {
    ARROW_ASSIGN_OR_RAISE(const int64_t read, ReadAt(position_, bytes, out));
    position_ += read;
    return read;
  }
  Result<std::shared_ptr<arrow::Buffer>> Read(int64_t bytes) override {
    ARROW_ASSIGN_OR_RAISE(auto buffer, ReadAt(position_, bytes));
    position_ += buffer->size();
    return buffer;
  }

 private:
  const std::shared_ptr<S3Client> client_;
  const S3Object object_;
  int64_t position_ = 0;
  bool closed_ = false;
};

}  // namespace

Result<std::shared_ptr<arrow::io::RandomAccessFile>> OpenObject(
    std::shared_ptr<S3Client> client, const std::string& key) {
  ARROW_ASSIGN_OR_RAISE(S3Object object, client->Head(key));
  if (object.size > kWhole) {
    return std::make_shared<RangedFile>(std::move(client), std::move(object));
  }
  GetOptions options;
  options.if_match = object.etag;
  ARROW_ASSIGN_OR_RAISE(auto content, client->Fetch(key, options));
  return std::make_shared<arrow::io::BufferReader>(std::move(content.bytes));
}

}  // namespace pomona::store::s3
