// SPDX-License-Identifier: Apache-2.0
#include "pomona/store/s3/file.h"

#include <algorithm>
#include <utility>

#include <arrow/buffer.h>
#include <arrow/io/interfaces.h>

#include "pomona/base/reject.h"
#include "pomona/store/posix.h"
#include "pomona/store/s3/random_file.h"
#include "pomona/store/s3/source.h"
#include "pomona/store/sources.h"

namespace pomona::store::s3 {
namespace {

constexpr int64_t kUsefulRead = int64_t{1} << 20;

class S3Reader : public SourceFile {
 public:
  S3Reader(std::shared_ptr<Connection> connection, S3Object object,
           std::shared_ptr<arrow::io::RandomAccessFile> stream)
      : connection_(std::move(connection)),
        object_(std::move(object)),
        name_("s3://" + connection_->location.bucket + "/" + object_.key),
        stream_(std::move(stream)) {}

  const std::string& name() const override { return name_; }
  int64_t size() const override { return object_.size; }
  int64_t mtime_ns() const override { return object_.mtime_ns; }
  std::optional<std::string> etag() const override {
    return object_.etag.empty() ? std::nullopt : std::optional(object_.etag);
  }
  int64_t useful_read() const override { return kUsefulRead; }
  const std::shared_ptr<arrow::io::RandomAccessFile>& stream() const override {
    return stream_;
  }
  Result<BufferPtr> ReadAt(int64_t offset, int64_t size) override {
    return stream_->ReadAt(offset, size);
  }
  arrow::Future<BufferPtr> Start(int64_t offset, int64_t size) override {
    return StartRange(connection_->client.get(), object_, offset, size);
  }
  Status CheckListed(const ListedImage& image) const override {
    const bool same =
        image.etag && etag() ? image.etag == etag() : image.mtime_ns == object_.mtime_ns;
    if (same) return Status::OK();
    return RejectStatus(RejectStage::kRead, RejectCode::kChanged,
                        Quoted(name_) + " was replaced since it was listed");
  }
  Status AsReject(const Status& status) const override {
    return s3::AsReject(status, Quoted(name_));
  }
  bool IsOwnError(const Status& status) const override {
    return status.IsCancelled() || GetS3Error(status).has_value();
  }
  void Cancel() override { connection_->client->Cancel(); }

 private:
  const std::shared_ptr<Connection> connection_;
  const S3Object object_;
  const std::string name_;
  const std::shared_ptr<arrow::io::RandomAccessFile> stream_;
};

// "a/../b" is "b"; Invalid for what would lie above the bucket.
Result<std::string> WithoutParents(const std::string& path) {
  std::string out;
  for (size_t begin = 0; begin <= path.size();) {
    const size_t end = std::min(path.find('/', begin), path.size());
    const std::string part = path.substr(begin, end - begin);
    begin = end + 1;
    if (part != "..") {
      out += (out.empty() ? "" : "/") + part;
      continue;
    }
    if (out.empty()) return Status::Invalid(Quoted(path), " lies outside of the bucket");
    const size_t slash = out.find_last_of('/');
    out.erase(slash == std::string::npos ? 0 : slash);
  }
  return out;
}

class S3Files : public NamedFiles {
 public:
  S3Files(std::shared_ptr<Connection> connection, const std::string& list)
      : connection_(std::move(connection)),
        bucket_("s3://" + connection_->location.bucket + "/"),
        folder_(list.substr(0, list.find_last_of('/') + 1)) {}

  Result<std::string> NameOf(std::string_view written) const override {
    if (written.starts_with(bucket_)) return NameOfKey(written.substr(bucket_.size()));
    if (written.find("://") != std::string_view::npos) {
      return Status::Invalid(Quoted(written), " is not in the list's bucket (", bucket_,
                             "): make a list for each bucket");
    }
    if (written.starts_with('/')) {
      return Status::Invalid(Quoted(written),
                             " is a path of some machine; write it relative to the "
                             "list's place, or as ",
                             bucket_, "KEY");
    }
    const std::string name = PlainPath(written);
    ARROW_RETURN_NOT_OK(KeyOf(name).status());
    return name;
  }

  arrow::Future<std::optional<ListedImage>> Look(const std::string& name) override {
    const auto key = KeyOf(name);
    if (!key.ok()) return key.status();
    if (key->empty()) return std::optional<ListedImage>();
    return connection_->client->StartHead(*key).Then(
        [](const S3Object& object) -> Result<std::optional<ListedImage>> {
          ListedImage image;
          image.size = object.size;
          image.mtime_ns = object.mtime_ns;
          if (!object.etag.empty()) image.etag = object.etag;
          return std::optional(std::move(image));
        },
        [](const Status& status) -> Result<std::optional<ListedImage>> {
          if (GetReject(AsReject(status))) return std::optional<ListedImage>();
          return status;
        });
  }
  size_t looks_ahead() const override { return 48; }  // reads have the other connections
  bool reads_while_listing() const override { return true; }

  arrow::Future<BufferPtr> Read(const ListedImage& image) override {
    const auto key = KeyOf(image.path);
    if (!key.ok()) return key.status();
    return ReadListedObject(connection_->client.get(), *key, image);
  }
  void Cancel() override { connection_->client->Cancel(); }

 private:
  Result<std::string> KeyOf(const std::string& name) const {
    if (name.starts_with(bucket_)) return name.substr(bucket_.size());
    return WithoutParents(folder_ + name);
  }

  // Relative where that leads to the same key again, else its address.
  std::string NameOfKey(std::string_view key) const {
    if (key.starts_with(folder_)) {
      std::string name(key.substr(folder_.size()));
      const auto again = KeyOf(name);
      if (again.ok() && *again == key) return name;
    }
    return bucket_ + std::string(key);
  }

  const std::shared_ptr<Connection> connection_;
  const std::string bucket_;  // "s3://bucket/"
  const std::string folder_;  // of the list: "a/b/", or ""
};

}  // namespace

Result<std::shared_ptr<SourceFile>> OpenS3File(std::shared_ptr<Connection> connection,
                                               const std::string& key) {
  ARROW_ASSIGN_OR_RAISE(S3Object object, connection->client->Head(key));
  object.key = key;
  ARROW_ASSIGN_OR_RAISE(auto stream, OpenObject(connection->client, object));
  return std::make_shared<S3Reader>(std::move(connection), std::move(object),
                                    std::move(stream));
}

std::shared_ptr<NamedFiles> ObjectsBeside(std::shared_ptr<Connection> connection,
                                          const std::string& key) {
  return std::make_shared<S3Files>(std::move(connection), key);
}

arrow::Future<BufferPtr> ReadListedObject(S3Client* client, const std::string& key,
                                          const ListedImage& image) {
  if (!image.valid_name) {
    return RejectStatus(RejectStage::kList, RejectCode::kBadName,
                        "the name is not UTF-8; rename the object");
  }
  if (image.size > kMaxEncodedBytes) {
    return RejectStatus(RejectStage::kRead, RejectCode::kTooLarge,
                        "has " + std::to_string(image.size) +
                            " bytes; pictures may have up to " +
                            std::to_string(kMaxEncodedBytes));
  }
  GetOptions options;
  options.if_match = image.etag.value_or("");
  options.expected_size = image.size;
  options.max_bytes = kMaxEncodedBytes;
  return client->Get(key, options)
      .Then([](const BufferPtr& bytes) -> Result<BufferPtr> { return bytes; },
            [](const Status& status) -> Result<BufferPtr> { return AsReject(status); });
}

}  // namespace pomona::store::s3
