// SPDX-License-Identifier: Apache-2.0
#include "pomona/store/posix.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include <arrow/buffer.h>
#include <arrow/util/io_util.h>

#include "pomona/store/utf8.h"

namespace pomona::store {
namespace {

std::string_view Remedy(int error) {
  switch (error) {
    case ENOSPC:
    case EDQUOT:
      return "free space there or choose another destination; the same command resumes";
    case EACCES:
    case EPERM:
      return "grant this user the right to it, or choose another place";
    case EROFS:
      return "it is mounted read-only: choose another place";
    case ENOTDIR:
    case EEXIST:
      return "a file stands where a folder is needed: move it away or choose another "
             "place";
    case EISDIR:
      return "a folder stands where a file is needed: move it away or choose another "
             "place";
    case EMFILE:
    case ENFILE:
      return "too many files are open: raise the limit (ulimit -n)";
    case ENAMETOOLONG:
      return "shorten the name or the path";
    default:
      return "";
  }
}

}  // namespace

void UniqueFd::Reset() {
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
}

std::string Quoted(std::string_view path) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out = "'";
  for (char c : EscapeInvalidUtf8(path)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F) {
      out += {'\\', 'x', kHex[byte >> 4], kHex[byte & 15]};
    } else {
      out += c;
    }
  }
  return out + "'";
}

Status ErrnoStatus(std::string_view action, std::string_view path, int error) {
  std::string message = "cannot " + std::string(action) + " " + Quoted(path) + ": " +
                        std::generic_category().message(error);
  if (auto remedy = Remedy(error); !remedy.empty()) message += "; " + std::string(remedy);
  if (error == ENOENT) return Status::KeyError(message);
  return Status::IOError(message).WithDetail(
      arrow::internal::StatusDetailFromErrno(error));
}

Result<std::shared_ptr<arrow::Buffer>> ReadAt(int fd, int64_t offset, int64_t size,
                                              std::string_view path) {
  ARROW_ASSIGN_OR_RAISE(auto buffer, arrow::AllocateResizableBuffer(size));
  int64_t done = 0;
  while (done < size) {
    const ssize_t n = pread(fd, buffer->mutable_data() + done,
                            static_cast<size_t>(size - done), offset + done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return ErrnoStatus("read", path, errno);
    if (n == 0) break;
    done += n;
  }
  if (done < size) ARROW_RETURN_NOT_OK(buffer->Resize(done));
  return std::shared_ptr<arrow::Buffer>(std::move(buffer));
}

Result<UniqueFd> OpenForRead(const std::string& path) {
  UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd.valid()) return ErrnoStatus("open", path, errno == ENOTDIR ? ENOENT : errno);
  struct stat info{};
  if (fstat(fd.get(), &info) != 0) return ErrnoStatus("look at", path, errno);
  if (S_ISREG(info.st_mode)) return fd;
  return Status::IOError("cannot read ", Quoted(path), ": it is ",
                         S_ISDIR(info.st_mode) ? "a folder" : "no regular file");
}

int64_t MtimeNs(const struct stat& info) {
  return static_cast<int64_t>(info.st_mtim.tv_sec) * 1'000'000'000 + info.st_mtim.tv_nsec;
}

}  // namespace pomona::store
