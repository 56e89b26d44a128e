// SPDX-License-Identifier: Apache-2.0
#include "pomona/store/s3/store.h"

#include <utility>

#include <arrow/buffer.h>
#include <arrow/filesystem/s3fs.h>
#include <arrow/io/memory.h>
#include <arrow/util/future.h>

#include "pomona/base/fault.h"
#include "pomona/store/local_store.h"
#include "pomona/store/posix.h"
#include "pomona/store/s3/lease.h"
#include "pomona/store/s3/random_file.h"
#include "pomona/store/sources.h"
#include "pomona/store/utf8.h"

namespace pomona::store::s3 {
namespace {

// Up to here a file is one PUT; above, Arrow's multipart upload, which sends parts side
// by side and repeats only those that failed.
constexpr int64_t kOnePut = int64_t{64} << 20;

using ConnectionPtr = std::shared_ptr<Connection>;

std::string FullName(const Connection& connection, const std::string& path) {
  return "s3://" + connection.location.bucket + "/" + connection.location.Key(path);
}

// Gathers the bytes; nothing is sent before Commit, so nothing is left behind without it.
class S3File : public AtomicFile {
 public:
  S3File(ConnectionPtr connection, std::string path,
         std::shared_ptr<arrow::io::BufferOutputStream> stream)
      : connection_(std::move(connection)),
        path_(std::move(path)),
        stream_(std::move(stream)) {}

  arrow::io::OutputStream* stream() override { return stream_.get(); }

  Status Commit() override {
    if (committed_) return Status::Invalid("committed twice: ", Quoted(path_));
    ARROW_ASSIGN_OR_RAISE(const auto bytes, stream_->Finish());
    FaultPoint("written:" + path_);
    committed_ = true;
    ARROW_RETURN_NOT_OK(bytes->size() <= kOnePut ? PutWhole(bytes) : PutParts(*bytes));
    FaultPoint("put:" + path_);
    return Status::OK();
  }

 private:
  Status PutWhole(const BufferPtr& bytes) {
    return connection_->client->Put(connection_->location.Key(path_), bytes).status();
  }

  Status PutParts(const arrow::Buffer& bytes) {
    const auto explain = [&](const Status& status) {
      if (status.ok()) return status;
      return status.WithMessage("cannot write ", Quoted(FullName(*connection_, path_)),
                                ": ", status.message());
    };
    auto out = connection_->fs->OpenOutputStream(
        connection_->location.bucket + "/" + connection_->location.Key(path_), nullptr);
    if (!out.ok()) return explain(out.status());
    Status status = (*out)->Write(bytes.data(), bytes.size());
    if (status.ok()) status = (*out)->Close();
    if (!status.ok()) (void)(*out)->Abort();
    return explain(status);
  }

  ConnectionPtr connection_;
  std::string path_;
  std::shared_ptr<arrow::io::BufferOutputStream> stream_;
  bool committed_ = false;
};

Status CheckObjectKey(const std::string& path) {
  ARROW_RETURN_NOT_OK(CheckStorePath(path));
  if (IsUtf8(path)) return Status::OK();
  return Status::Invalid("not a key of S3: ", Quoted(path), " (keys are UTF-8)");
}

class S3Store : public ByteStore {
 public:
  explicit S3Store(ConnectionPtr connection) : connection_(std::move(connection)) {}

  std::string uri() const override { return connection_->location.uri(); }

  Result<BufferPtr> Read(const std::string& path) override {
    ARROW_RETURN_NOT_OK(CheckObjectKey(path));
    ARROW_ASSIGN_OR_RAISE(auto content, client().Fetch(Key(path)));
    return content.bytes;
  }

  Result<std::shared_ptr<arrow::io::RandomAccessFile>> Open(
      const std::string& path) override {
    ARROW_RETURN_NOT_OK(CheckObjectKey(path));
    return OpenObject(connection_->client, Key(path));
  }

  Result<std::unique_ptr<AtomicFile>> Create(const std::string& path) override {
    ARROW_RETURN_NOT_OK(CheckObjectKey(path));
    ARROW_ASSIGN_OR_RAISE(auto stream, arrow::io::BufferOutputStream::Create());
    return std::make_unique<S3File>(connection_, path, std::move(stream));
  }

  Result<bool> Exists(const std::string& path) override {
    ARROW_RETURN_NOT_OK(CheckObjectKey(path));
    const auto found = client().Head(Key(path));
    if (found.ok()) return true;
    const auto error = GetS3Error(found.status());
    if (error && error->kind == S3ErrorKind::kMissing) return false;
    return found.status();
  }

  Result<std::vector<StoredFile>> List(const std::string& prefix) override {
    std::vector<StoredFile> files;
    ARROW_RETURN_NOT_OK(Visit(prefix, [&](const S3Page& page) -> Status {
      for (const auto& object : page.objects) {
        std::string path = object.key.substr(root().size());
        if (path.ends_with('/') || path == kLockName) continue;  // a console's "folder"
        files.push_back({std::move(path), object.size});
      }
      return Status::OK();
    }));
    return files;
  }

  Status Delete(const std::string& path) override {
    ARROW_RETURN_NOT_OK(CheckObjectKey(path));
    return client().Delete(Key(path));
  }

  Status DeleteTree(const std::string& prefix) override {
    if (!prefix.empty() && !prefix.ends_with('/')) ARROW_RETURN_NOT_OK(Delete(prefix));
    return Visit(prefix, [&](const S3Page& page) { return DeleteAll(page); });
  }

  Result<std::unique_ptr<Lease>> Acquire(const LeaseHolder& holder) override {
    ARROW_ASSIGN_OR_RAISE(auto lease, AcquireS3Lease(connection_, holder));
    ARROW_RETURN_NOT_OK(AbortUploads());
    return lease;
  }

 private:
  S3Client& client() const { return *connection_->client; }
  std::string Key(const std::string& path) const {
    return connection_->location.Key(path);
  }
  std::string root() const { return connection_->location.prefix.empty() ? "" : Key(""); }

  Status Visit(std::string_view folder,
               const std::function<Status(const S3Page&)>& visit) {
    while (folder.ends_with('/')) folder.remove_suffix(1);
    const std::string prefix = folder.empty() ? root() : Key(std::string(folder)) + "/";
    ListOptions options;
    options.prefix = prefix;
    do {
      ARROW_ASSIGN_OR_RAISE(const S3Page page, client().ListNow(options));
      ARROW_RETURN_NOT_OK(visit(page));
      options.token = page.next_token;
    } while (!options.token.empty());
    return Status::OK();
  }

  Status DeleteAll(const S3Page& page) {
    std::vector<arrow::Future<BufferPtr>> deletes;
    for (const auto& object : page.objects) {
      if (object.key == Key(std::string(kLockName))) continue;
      deletes.push_back(OnIoThread([this, key = object.key]() -> Result<BufferPtr> {
        ARROW_RETURN_NOT_OK(client().Delete(key));
        return BufferPtr();
      }));
    }
    Status status;
    for (const auto& one : deletes) status &= one.status();  // all end before `this` may
    return status;
  }

  // What a killed run had begun would be stored, and paid for, without end. The lease is
  // held, so no upload here is alive.
  Status AbortUploads() {
    auto uploads = client().ListUploads(root());
    // Not every server has this, nor every role the right to it; it costs storage only.
    if (!uploads.ok()) return Status::OK();
    for (const auto& upload : *uploads) {
      (void)client().AbortUpload(upload.key, upload.upload_id);
    }
    return Status::OK();
  }

  const ConnectionPtr connection_;
};

}  // namespace

Result<std::shared_ptr<ByteStore>> OpenS3Store(const std::string& uri, RetrySink sink) {
  ARROW_ASSIGN_OR_RAISE(const Location location, ParseLocation(uri, ReadEnvironment));
  ARROW_ASSIGN_OR_RAISE(auto connection, Connect(location, std::move(sink)));
  return std::make_shared<S3Store>(std::move(connection));
}

}  // namespace pomona::store::s3
