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

GetOptions RangeOf(const S3Object& object, int64_t offset, int64_t size) {
  GetOptions options;
  options.if_match = object.etag;
  options.expected_size = object.size;
  options.range = ByteRange{offset, size};
  return options;
}

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
    ARROW_ASSIGN_OR_RAISE(auto content,
                          client_->Fetch(object_.key, RangeOf(object_, position, size)));
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
  object.key = key;
  return OpenObject(std::move(client), std::move(object));
}

Result<std::shared_ptr<arrow::io::RandomAccessFile>> OpenObject(
    std::shared_ptr<S3Client> client, S3Object object) {
  if (object.size > kWhole) {
    return std::make_shared<RangedFile>(std::move(client), std::move(object));
  }
  GetOptions options;
  options.if_match = object.etag;
  options.expected_size = object.size;
  ARROW_ASSIGN_OR_RAISE(auto content, client->Fetch(object.key, options));
  return std::make_shared<arrow::io::BufferReader>(std::move(content.bytes));
}

arrow::Future<std::shared_ptr<arrow::Buffer>> StartRange(S3Client* client,
                                                         const S3Object& object,
                                                         int64_t offset, int64_t size) {
  size = std::clamp<int64_t>(object.size - offset, 0, size);
  if (size == 0) return std::make_shared<arrow::Buffer>(nullptr, 0);
  return client->Get(object.key, RangeOf(object, offset, size));
}

}  // namespace pomona::store::s3
