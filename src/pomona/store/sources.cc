// SPDX-License-Identifier: Apache-2.0
#include "pomona/store/sources.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <system_error>
#include <utility>

#include <arrow/buffer.h>
#include <arrow/io/interfaces.h>
#include <arrow/util/future.h>
#include <arrow/util/thread_pool.h>

#include "pomona/base/reject.h"

namespace pomona::store {
namespace {

// Sorted. Endings of files that people keep beside pictures; anything else is told by its
// content.
constexpr std::array<std::string_view, 68> kEndings = {
    ".7z",     ".avi",  ".bak",   ".bib",      ".bz2",  ".c",           ".cache",
    ".cc",     ".cfg",  ".cls",   ".conf",     ".cpp",  ".css",         ".csv",
    ".db",     ".doc",  ".docx",  ".feather",  ".gz",   ".h",           ".h5",
    ".hdf5",   ".html", ".ini",   ".ipynb",    ".java", ".jl",          ".joblib",
    ".js",     ".json", ".jsonl", ".lock",     ".log",  ".lst",         ".m",
    ".mat",    ".md",   ".mkv",   ".mov",      ".mp3",  ".mp4",         ".npy",
    ".npz",    ".odt",  ".onnx",  ".parquet",  ".pdf",  ".pkl",         ".pt",
    ".pth",    ".py",   ".r",     ".rar",      ".rst",  ".safetensors", ".sh",
    ".sqlite", ".tar",  ".tex",   ".tfrecord", ".tgz",  ".toml",        ".tsv",
    ".txt",    ".xlsx", ".xml",   ".yaml",     ".zip"};
constexpr std::array<std::string_view, 14> kNames = {
    "authors",  "changelog",  "changes", "citation", "contributing",
    "copying",  "dockerfile", "install", "licence",  "license",
    "makefile", "notice",     "readme",  "version"};
static_assert(std::is_sorted(kEndings.begin(), kEndings.end()));
static_assert(std::is_sorted(kNames.begin(), kNames.end()));

Status ReadReject(RejectCode code, std::string message) {
  return RejectStatus(RejectStage::kRead, code, std::move(message));
}

Status OpenReject(int error) {
  if (error == ENOENT || error == ENOTDIR || error == ELOOP) {
    return ReadReject(RejectCode::kVanished, "no longer there (or a link to nowhere)");
  }
  std::string message = "cannot be read: " + std::generic_category().message(error);
  if (error == EACCES || error == EPERM) {
    message += "; grant this user the right to read it and run again";
  }
  return ReadReject(RejectCode::kReadFailed, std::move(message));
}

Status CheckUnchanged(const struct stat& info, const ListedImage& image) {
  if (info.st_size != image.size) {
    return ReadReject(RejectCode::kChanged, "has " + std::to_string(info.st_size) +
                                                " bytes, was listed with " +
                                                std::to_string(image.size));
  }
  if (MtimeNs(info) != image.mtime_ns) {
    return ReadReject(RejectCode::kChanged, "was modified since it was listed");
  }
  return Status::OK();
}

Status CheckSize(int64_t size) {
  if (size <= kMaxEncodedBytes) return Status::OK();
  return ReadReject(RejectCode::kTooLarge, "has " + std::to_string(size) +
                                               " bytes; pictures may have up to " +
                                               std::to_string(kMaxEncodedBytes));
}

// A failed read of an open file is this picture's loss, not the run's end.
Result<BufferPtr> ReadOrReject(int fd, int64_t offset, int64_t size) {
  auto bytes = ReadAt(fd, offset, size, "it");
  if (bytes.ok()) {
    if ((*bytes)->size() == size) return bytes;
    return ReadReject(RejectCode::kChanged, "ended while it was read");
  }
  if (!bytes.status().IsIOError()) return bytes;  // out of memory
  return ReadReject(RejectCode::kReadFailed, bytes.status().message());
}

}  // namespace

std::string NoPictureReason(std::string_view name) {
  std::string lower(name);
  for (char& c : lower)
    c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  const size_t dot = lower.rfind('.');
  if (dot == std::string::npos || dot == 0) {
    return std::binary_search(kNames.begin(), kNames.end(), lower) ? std::string(name)
                                                                   : "";
  }
  std::string ending = lower.substr(dot);
  return std::binary_search(kEndings.begin(), kEndings.end(), ending) ? ending : "";
}

std::string_view LastPart(std::string_view path) {
  return path.substr(path.find_last_of('/') + 1);  // npos + 1 is 0
}

std::string PassOverReason(std::string_view path, bool all_files) {
  const bool hidden = path.starts_with('.') || path.find("/.") != std::string_view::npos;
  if (hidden) return "hidden";
  return all_files ? "" : NoPictureReason(LastPart(path));
}

Status CheckNoColumn(const LabelRule& rule, const char* what) {
  if (rule.column().empty()) return Status::OK();
  return Status::Invalid("labels from '", rule.text(), "': ", what,
                         " has no columns; use 'dir', 'none' or a regular expression");
}

arrow::Future<BufferPtr> OnIoThread(std::function<Result<BufferPtr>()> work) {
  auto* executor = arrow::io::default_io_context().executor();
  return arrow::DeferNotOk(executor->Submit(std::move(work)));
}

Result<BufferPtr> ReadListedFile(int root_fd, const std::string& path,
                                 const ListedImage& image) {
  if (!image.valid_name) {
    return RejectStatus(RejectStage::kList, RejectCode::kBadName,
                        "the name is not UTF-8; rename the file");
  }
  // Without O_NONBLOCK a pipe that took the file's place would be waited on for ever.
  UniqueFd fd(openat(root_fd, path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd.valid()) return OpenReject(errno);
  struct stat info{};
  if (fstat(fd.get(), &info) != 0) return OpenReject(errno);
  if (!S_ISREG(info.st_mode)) {
    return ReadReject(RejectCode::kChanged, "is no regular file any more");
  }
  ARROW_RETURN_NOT_OK(CheckUnchanged(info, image));
  ARROW_RETURN_NOT_OK(CheckSize(info.st_size));
  ARROW_ASSIGN_OR_RAISE(auto bytes, ReadOrReject(fd.get(), 0, info.st_size));
  if (fstat(fd.get(), &info) != 0) return OpenReject(errno);
  ARROW_RETURN_NOT_OK(CheckUnchanged(info, image));  // nor while it was read
  return bytes;
}

}  // namespace pomona::store
