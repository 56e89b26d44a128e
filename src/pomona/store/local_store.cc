// SPDX-License-Identifier: Apache-2.0
#include "pomona/store/local_store.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include <arrow/buffer.h>
#include <arrow/io/file.h>

#include "pomona/store/posix.h"
#include "pomona/store/walk.h"

namespace pomona::store {
namespace {

namespace fs = std::filesystem;

// `prefix` without the slashes at its end.
std::string_view WithoutSlashes(std::string_view prefix) {
  while (!prefix.empty() && prefix.back() == '/') prefix.remove_suffix(1);
  return prefix;
}

class LocalStore : public ByteStore {
 public:
  explicit LocalStore(std::string root) : uri_(std::move(root)), root_(uri_) {
    while (root_.size() > 1 && root_.back() == '/') root_.pop_back();
  }

  std::string uri() const override { return uri_; }

  Result<std::shared_ptr<arrow::Buffer>> Read(const std::string& path) override {
    ARROW_RETURN_NOT_OK(CheckStorePath(path));
    ARROW_ASSIGN_OR_RAISE(auto fd, OpenForRead(Full(path)));
    struct stat info{};
    if (fstat(fd.get(), &info) != 0) return ErrnoStatus("look at", Full(path), errno);
    return ReadAt(fd.get(), 0, info.st_size, Full(path));
  }

  Result<std::shared_ptr<arrow::io::RandomAccessFile>> Open(
      const std::string& path) override {
    ARROW_RETURN_NOT_OK(CheckStorePath(path));
    ARROW_ASSIGN_OR_RAISE(auto fd, OpenForRead(Full(path)));
    ARROW_ASSIGN_OR_RAISE(auto file, arrow::io::ReadableFile::Open(fd.get()));
    fd.Release();
    return file;
  }

  Result<std::unique_ptr<AtomicFile>> Create(const std::string& path) override {
    ARROW_RETURN_NOT_OK(CheckStorePath(path));
    return CreateLocalFile(root_, path);
  }

  Result<bool> Exists(const std::string& path) override {
    ARROW_RETURN_NOT_OK(CheckStorePath(path));
    struct stat info{};
    if (stat(Full(path).c_str(), &info) == 0) return S_ISREG(info.st_mode);
    if (errno == ENOENT || errno == ENOTDIR) return false;
    return ErrnoStatus("look at", Full(path), errno);
  }

  Result<std::vector<StoredFile>> List(const std::string& prefix) override {
    const std::string below(WithoutSlashes(prefix));
    if (!below.empty()) ARROW_RETURN_NOT_OK(CheckStorePath(below));
    std::vector<StoredFile> files;
    struct stat info{};
    if (stat(Full(below).c_str(), &info) != 0) {
      if (errno == ENOENT || errno == ENOTDIR) return files;
      return ErrnoStatus("list folder", Full(below), errno);
    }
    if (!S_ISDIR(info.st_mode) && !below.empty()) return files;
    ARROW_RETURN_NOT_OK(WalkTree(Full(below), {}, [&](const WalkedFile& file) {
      if (!file.found || IsTemporaryName(file.name) || file.name == kLockName) {
        return Status::OK();
      }
      std::string path = below.empty() ? "" : below + "/";
      path += file.raw_path;
      files.push_back({std::move(path), file.info.st_size});
      return Status::OK();
    }));
    std::sort(files.begin(), files.end(),
              [](const auto& a, const auto& b) { return a.path < b.path; });
    return files;
  }

  Status Delete(const std::string& path) override {
    ARROW_RETURN_NOT_OK(CheckStorePath(path));
    if (unlink(Full(path).c_str()) == 0 || errno == ENOENT || errno == ENOTDIR) {
      return Status::OK();
    }
    return ErrnoStatus("delete", Full(path), errno);
  }

  Status DeleteTree(const std::string& prefix) override {
    const std::string below(WithoutSlashes(prefix));
    if (!below.empty()) {
      ARROW_RETURN_NOT_OK(CheckStorePath(below));
      return RemoveAll(Full(below));
    }
    std::error_code error;
    fs::directory_iterator it(root_, error);
    if (error == std::errc::no_such_file_or_directory) return Status::OK();
    for (; !error && it != fs::directory_iterator(); it.increment(error)) {
      if (it->path().filename() == kLockName) continue;
      ARROW_RETURN_NOT_OK(RemoveAll(it->path().string()));
    }
    if (error) return ErrnoStatus("list folder", root_, error.value());
    return Status::OK();
  }

  Result<std::unique_ptr<Lease>> Acquire(const LeaseHolder& holder) override {
    ARROW_ASSIGN_OR_RAISE(auto lease, AcquireLocalLease(root_, holder));
    // Best effort: what a dead run left over is only waste.
    const Status swept = WalkTree(root_, {}, [&](const WalkedFile& file) {
      if (IsTemporaryName(file.name)) unlink(Full(file.raw_path).c_str());
      return Status::OK();
    });
    static_cast<void>(swept);
    return lease;
  }

 private:
  std::string Full(std::string_view path) const {
    return path.empty() ? root_ : root_ + "/" + std::string(path);
  }

  static Status RemoveAll(const std::string& path) {
    std::error_code error;
    fs::remove_all(path, error);
    if (!error || error == std::errc::not_a_directory) return Status::OK();
    return ErrnoStatus("delete", path, error.value());
  }

  std::string uri_;
  std::string root_;
};

}  // namespace

std::shared_ptr<ByteStore> MakeLocalStore(std::string root) {
  return std::make_shared<LocalStore>(std::move(root));
}

}  // namespace pomona::store
