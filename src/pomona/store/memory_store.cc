// SPDX-License-Identifier: Apache-2.0
#include <map>
#include <mutex>
#include <utility>

#include <arrow/buffer.h>
#include <arrow/io/memory.h>

#include "pomona/store/byte_store.h"
#include "pomona/store/local_store.h"
#include "pomona/store/posix.h"

namespace pomona::store {
namespace {

struct Memory {
  std::mutex mutex;
  std::map<std::string, std::shared_ptr<arrow::Buffer>> files;
  bool leased = false;
  LeaseHolder holder;
};

class MemoryFile : public AtomicFile {
 public:
  MemoryFile(std::shared_ptr<Memory> memory, std::string path,
             std::shared_ptr<arrow::io::BufferOutputStream> stream)
      : memory_(std::move(memory)), path_(std::move(path)), stream_(std::move(stream)) {}

  arrow::io::OutputStream* stream() override { return stream_.get(); }

  Status Commit() override {
    if (committed_) return Status::Invalid("committed twice: ", Quoted(path_));
    ARROW_ASSIGN_OR_RAISE(auto bytes, stream_->Finish());
    committed_ = true;
    std::lock_guard lock(memory_->mutex);
    memory_->files[path_] = std::move(bytes);
    return Status::OK();
  }

 private:
  std::shared_ptr<Memory> memory_;
  std::string path_;
  std::shared_ptr<arrow::io::BufferOutputStream> stream_;
  bool committed_ = false;
};

class MemoryLease : public Lease {
 public:
  explicit MemoryLease(std::shared_ptr<Memory> memory) : memory_(std::move(memory)) {}
  ~MemoryLease() override {
    std::lock_guard lock(memory_->mutex);
    memory_->leased = false;
  }

 private:
  std::shared_ptr<Memory> memory_;
};

class MemoryStore : public ByteStore {
 public:
  std::string uri() const override { return "memory:"; }

  Result<std::shared_ptr<arrow::Buffer>> Read(const std::string& path) override {
    ARROW_RETURN_NOT_OK(CheckStorePath(path));
    std::lock_guard lock(memory_->mutex);
    const auto it = memory_->files.find(path);
    if (it == memory_->files.end()) {
      return Status::KeyError("no file ", Quoted(path), " in memory");
    }
    return it->second;
  }

  Result<std::shared_ptr<arrow::io::RandomAccessFile>> Open(
      const std::string& path) override {
    ARROW_ASSIGN_OR_RAISE(auto bytes, Read(path));
    return std::make_shared<arrow::io::BufferReader>(std::move(bytes));
  }

  Result<std::unique_ptr<AtomicFile>> Create(const std::string& path) override {
    ARROW_RETURN_NOT_OK(CheckStorePath(path));
    ARROW_ASSIGN_OR_RAISE(auto stream, arrow::io::BufferOutputStream::Create());
    return std::make_unique<MemoryFile>(memory_, path, std::move(stream));
  }

  Result<bool> Exists(const std::string& path) override {
    ARROW_RETURN_NOT_OK(CheckStorePath(path));
    std::lock_guard lock(memory_->mutex);
    return memory_->files.contains(path);
  }

  Result<std::vector<StoredFile>> List(const std::string& prefix) override {
    std::vector<StoredFile> files;
    std::lock_guard lock(memory_->mutex);
    for (const auto& [path, bytes] : memory_->files) {
      if (IsBelow(path, prefix)) files.push_back({path, bytes->size()});
    }
    return files;
  }

  Status Delete(const std::string& path) override {
    ARROW_RETURN_NOT_OK(CheckStorePath(path));
    std::lock_guard lock(memory_->mutex);
    memory_->files.erase(path);
    return Status::OK();
  }

  Status DeleteTree(const std::string& prefix) override {
    std::lock_guard lock(memory_->mutex);
    std::erase_if(memory_->files, [&](const auto& file) {
      return file.first == prefix || IsBelow(file.first, prefix);
    });
    return Status::OK();
  }

  Result<std::unique_ptr<Lease>> Acquire(const LeaseHolder& holder) override {
    std::lock_guard lock(memory_->mutex);
    if (memory_->leased) {
      const LeaseHolder& other = memory_->holder;
      return Status::AlreadyExists(
          "destination 'memory:' is in use by another run (host ", other.host, ", pid ",
          other.pid, ", started ", other.start, ")");
    }
    memory_->leased = true;
    memory_->holder = holder;
    return std::make_unique<MemoryLease>(memory_);
  }

 private:
  static bool IsBelow(const std::string& path, std::string_view prefix) {
    while (!prefix.empty() && prefix.back() == '/') prefix.remove_suffix(1);
    if (prefix.empty()) return true;
    return path.size() > prefix.size() && path.starts_with(prefix) &&
           path[prefix.size()] == '/';
  }

  std::shared_ptr<Memory> memory_ = std::make_shared<Memory>();
};

}  // namespace

std::shared_ptr<ByteStore> MakeMemoryStore() { return std::make_shared<MemoryStore>(); }

}  // namespace pomona::store
