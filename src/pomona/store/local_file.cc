// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <utility>

#include <arrow/buffer.h>
#include <arrow/io/interfaces.h>

#include "pomona/base/fault.h"
#include "pomona/store/local_store.h"
#include "pomona/store/posix.h"

namespace pomona::store {
namespace {

constexpr std::string_view kMark = ".pomona-tmp-";

bool IsDigits(std::string_view s) {
  return !s.empty() && s.find_first_not_of("0123456789") == std::string_view::npos;
}

Status SyncFolder(const std::string& folder) {
  UniqueFd fd(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid()) return ErrnoStatus("open folder", folder, errno);
  // Some file systems cannot sync a folder and say EINVAL; their renames are durable.
  if (fsync(fd.get()) != 0 && errno != EINVAL) return ErrnoStatus("sync", folder, errno);
  return Status::OK();
}

std::string ParentOf(const std::string& path) {
  const size_t slash = path.find_last_of('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

// Each point under its own name and with the file's: "store.synced",
// "synced:manifest.json".
void Point(const char* step, const std::string& path) {
  FaultPoint(std::string("store.") + step);
  FaultPoint(std::string(step) + ":" + path);
}

class FdOutputStream : public arrow::io::OutputStream {
 public:
  FdOutputStream(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}
  ~FdOutputStream() override = default;

  using arrow::io::OutputStream::Write;
  Status Write(const void* data, int64_t size) override {
    const char* bytes = static_cast<const char*>(data);
    while (size > 0) {
      const ssize_t n = write(fd_, bytes, static_cast<size_t>(size));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) {
        return ErrnoStatus("write " + std::to_string(size) + " bytes to", path_, errno);
      }
      bytes += n;
      size -= n;
      position_ += n;
    }
    return Status::OK();
  }
  Status Close() override {
    closed_ = true;
    return Status::OK();
  }
  bool closed() const override { return closed_; }
  Result<int64_t> Tell() const override { return position_; }

 private:
  int fd_;  // owned by the file
  std::string path_;
  int64_t position_ = 0;
  bool closed_ = false;
};

class LocalFile : public AtomicFile {
 public:
  LocalFile(UniqueFd fd, std::string path, std::string temporary, std::string target)
      : fd_(std::move(fd)),
        path_(std::move(path)),
        temporary_(std::move(temporary)),
        target_(std::move(target)),
        stream_(std::make_unique<FdOutputStream>(fd_.get(), target_)) {}

  ~LocalFile() override {
    if (!committed_) unlink(temporary_.c_str());
  }

  arrow::io::OutputStream* stream() override { return stream_.get(); }

  Status Commit() override {
    if (committed_) return Status::Invalid("committed twice: ", Quoted(target_));
    Point("written", path_);
    if (fsync(fd_.get()) != 0) return ErrnoStatus("sync", target_, errno);
    fd_.Reset();
    Point("synced", path_);
    if (rename(temporary_.c_str(), target_.c_str()) != 0) {
      return ErrnoStatus("put in place", target_, errno);
    }
    committed_ = true;
    ARROW_RETURN_NOT_OK(SyncFolder(ParentOf(target_)));
    Point("renamed", path_);
    return Status::OK();
  }

 private:
  UniqueFd fd_;
  std::string path_;
  std::string temporary_;
  std::string target_;
  std::unique_ptr<FdOutputStream> stream_;
  bool committed_ = false;
};

}  // namespace

std::string TemporaryName(std::string_view name, int64_t pid, int64_t n) {
  return "." + std::string(name) + std::string(kMark) + std::to_string(pid) + "-" +
         std::to_string(n);
}

bool IsTemporaryName(std::string_view name) {
  const size_t mark = name.rfind(kMark);
  if (mark == std::string_view::npos || mark == 0 || name[0] != '.') return false;
  const auto numbers = name.substr(mark + kMark.size());
  const size_t dash = std::min(numbers.find('-'), numbers.size() - 1);
  return !numbers.empty() && IsDigits(numbers.substr(0, dash)) &&
         IsDigits(numbers.substr(dash + 1));
}

Status MakeFolders(const std::string& folder) {
  if (mkdir(folder.c_str(), 0777) == 0) return SyncFolder(ParentOf(folder));
  if (errno == ENOENT && ParentOf(folder) != folder) {
    ARROW_RETURN_NOT_OK(MakeFolders(ParentOf(folder)));
    if (mkdir(folder.c_str(), 0777) == 0) return SyncFolder(ParentOf(folder));
  }
  const int error = errno;
  struct stat info{};
  if (error == EEXIST && stat(folder.c_str(), &info) == 0 && S_ISDIR(info.st_mode)) {
    return Status::OK();
  }
  return ErrnoStatus("make folder", folder, error);
}

Result<std::unique_ptr<AtomicFile>> CreateLocalFile(const std::string& root,
                                                    const std::string& path) {
  static std::atomic<int64_t> counter{0};
  const std::string target = root + "/" + path;
  const std::string folder = ParentOf(target);
  ARROW_RETURN_NOT_OK(MakeFolders(folder));
  const std::string name = target.substr(target.find_last_of('/') + 1);
  for (;;) {
    std::string temporary = folder + "/" + TemporaryName(name, getpid(), counter++);
    UniqueFd fd(open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
    if (!fd.valid() && errno == EEXIST) continue;  // left by a dead process of this pid
    if (!fd.valid()) return ErrnoStatus("write to", target, errno);
    auto file =
        std::make_unique<LocalFile>(std::move(fd), path, std::move(temporary), target);
    Point("create", path);
    return file;
  }
}

}  // namespace pomona::store
