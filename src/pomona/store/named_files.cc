// SPDX-License-Identifier: Apache-2.0
#include "pomona/store/named_files.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdlib>
#include <utility>

#include <arrow/buffer.h>
#include <climits>

#include "pomona/store/posix.h"
#include "pomona/store/sources.h"

namespace pomona::store {
namespace {

std::string FolderOf(const std::string& path) {
  const size_t slash = path.find_last_of('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

class LocalFiles : public NamedFiles {
 public:
  LocalFiles(UniqueFd folder, std::string base)
      : folder_(std::make_shared<UniqueFd>(std::move(folder))), base_(std::move(base)) {}

  Result<std::string> NameOf(std::string_view written) const override {
    std::string name = PlainPath(written);
    if (!base_.empty() && name.starts_with(base_)) name.erase(0, base_.size());
    return name;
  }

  arrow::Future<std::optional<ListedImage>> Look(const std::string& name) override {
    struct stat info{};
    if (fstatat(folder_->get(), name.c_str(), &info, 0) != 0) {
      return std::optional<ListedImage>();
    }
    ListedImage image;
    image.size = info.st_size;
    image.mtime_ns = MtimeNs(info);
    return std::optional(std::move(image));
  }
  size_t looks_ahead() const override { return 1; }

  arrow::Future<BufferPtr> Read(const ListedImage& image) override {
    return OnIoThread([folder = folder_, image] {
      return ReadListedFile(folder->get(), image.path, image);
    });
  }

 private:
  const std::shared_ptr<UniqueFd> folder_;  // shared with reads that are under way
  const std::string base_;                  // its absolute path and '/'; "": not known
};

}  // namespace

std::string PlainPath(std::string_view path) {
  std::string out;
  out.reserve(path.size());
  for (size_t i = 0; i < path.size();) {
    const bool at_part = out.empty() || out.back() == '/';
    if (at_part && path.substr(i, 2) == "./") {
      i += 2;
    } else if (path[i] == '/' && !out.empty() && out.back() == '/') {
      ++i;
    } else {
      out += path[i++];
    }
  }
  return out;
}

Result<std::shared_ptr<NamedFiles>> FilesBeside(const std::string& path) {
  const std::string folder = FolderOf(path);
  UniqueFd fd(open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid()) return ErrnoStatus("open folder", folder, errno);
  char resolved[PATH_MAX];
  std::string base;
  if (realpath(folder.c_str(), resolved) != nullptr) {
    base = resolved;
    if (base.back() != '/') base += '/';
  }
  return std::make_shared<LocalFiles>(std::move(fd), std::move(base));
}

}  // namespace pomona::store
