// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include <arrow/buffer.h>
#include <nlohmann/json.hpp>

#include "pomona/base/json.h"
#include "pomona/store/local_store.h"
#include "pomona/store/posix.h"

namespace pomona::store {
namespace {

class LocalLease : public Lease {
 public:
  LocalLease(UniqueFd fd, std::string path)
      : fd_(std::move(fd)), path_(std::move(path)) {}
  // Removed while still locked: who opened it before sees another inode and tries again.
  ~LocalLease() override { unlink(path_.c_str()); }

 private:
  UniqueFd fd_;
  std::string path_;
};

bool IsFileAt(int fd, const std::string& path) {
  struct stat held{};
  struct stat there{};
  return fstat(fd, &held) == 0 && stat(path.c_str(), &there) == 0 &&
         held.st_dev == there.st_dev && held.st_ino == there.st_ino;
}

Status InUse(int fd, const std::string& root, const std::string& path) {
  std::string who = "another run";
  auto bytes = ReadAt(fd, 0, 4096, path);
  const auto json = ParseJson(bytes.ok() ? std::string_view(**bytes) : "");
  if (json.is_object()) {
    const auto text = [&](const char* key) {
      const auto it = json.find(key);
      if (it == json.end()) return std::string("?");
      return it->is_string() ? it->get<std::string>() : it->dump();
    };
    who += " (host " + text("host") + ", pid " + text("pid") + ", started " +
           text("start") + ")";
  }
  return Status::AlreadyExists("destination ", Quoted(root), " is in use by ", who,
                               "; wait for it to end or choose another destination");
}

Status WriteHolder(int fd, const LeaseHolder& holder, const std::string& path) {
  const nlohmann::json json = {
      {"host", holder.host}, {"pid", holder.pid}, {"start", holder.start}};
  const std::string text =
      json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  if (ftruncate(fd, 0) != 0) return ErrnoStatus("write to", path, errno);
  const ssize_t written = pwrite(fd, text.data(), text.size(), 0);
  if (written < 0) return ErrnoStatus("write to", path, errno);
  if (written < static_cast<ssize_t>(text.size())) {
    return ErrnoStatus("write to", path, ENOSPC);
  }
  return Status::OK();
}

}  // namespace

Result<std::unique_ptr<Lease>> AcquireLocalLease(const std::string& root,
                                                 const LeaseHolder& holder) {
  ARROW_RETURN_NOT_OK(MakeFolders(root));
  const std::string path = root + "/" + std::string(kLockName);
  for (;;) {
    UniqueFd fd(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666));
    if (!fd.valid()) return ErrnoStatus("write to", path, errno);
    if (flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
      if (errno == EINTR) continue;
      if (errno == EWOULDBLOCK) return InUse(fd.get(), root, path);
      return ErrnoStatus("lock", path, errno);
    }
    if (!IsFileAt(fd.get(), path)) continue;  // its holder removed it meanwhile
    ARROW_RETURN_NOT_OK(WriteHolder(fd.get(), holder, path));
    return std::make_unique<LocalLease>(std::move(fd), path);
  }
}

}  // namespace pomona::store
