// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdlib>
#include <utility>

#include <arrow/buffer.h>
#include <arrow/util/future.h>
#include <climits>

#include "pomona/store/entries.h"
#include "pomona/store/list_file.h"
#include "pomona/store/sources.h"

namespace pomona::store {
namespace {

std::string FolderOf(const std::string& path) {
  const size_t slash = path.find_last_of('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

// Without "./", doubled slashes, and `base` where it leads there.
std::string Normalized(std::string_view path, const std::string& base) {
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
  if (!base.empty() && out.starts_with(base)) out.erase(0, base.size());
  return out;
}

class ListSource : public ImageSource {
 public:
  ListSource(std::string path, std::shared_ptr<UniqueFd> folder, LabelRule rule)
      : path_(std::move(path)), folder_(std::move(folder)), rule_(std::move(rule)) {}

  Status Load(const std::string& path_column) {
    char resolved[PATH_MAX];
    std::string base;
    if (realpath(FolderOf(path_).c_str(), resolved) != nullptr) {
      base = resolved;
      if (base.back() != '/') base += '/';
    }
    ARROW_RETURN_NOT_OK(
        ReadListFile(path_, path_column, rule_.column(),
                     [&](std::string_view path, const std::optional<std::string>& label) {
                       entries_.Add(Normalized(path, base), label);
                       return Status::OK();
                     }));
    entries_.Sort();
    return Status::OK();
  }

  std::string description() const override { return "list " + Quoted(path_); }
  std::string uri() const override { return path_; }

  Result<SkippedCounts> List(const std::string& after,
                             const std::function<Status(ListedImage)>& visit) override {
    SkippedCounts skipped;
    for (size_t i = entries_.FirstAfter(after); i < entries_.count(); ++i) {
      if (i > 0 && entries_.name(i) == entries_.name(i - 1)) {
        ARROW_RETURN_NOT_OK(CheckSameLabel(i));
        ++skipped["duplicate"];
        continue;
      }
      ListedImage image;
      image.path = entries_.name(i);
      image.valid_name = entries_.valid_name(i);
      struct stat info{};
      const std::string raw(entries_.raw(i));
      if (fstatat(folder_->get(), raw.c_str(), &info, 0) == 0) {
        image.size = info.st_size;
        image.mtime_ns = MtimeNs(info);
      }
      if (rule_.column().empty()) {
        image.label = rule_.FromPath(image.path);
      } else {
        image.label = entries_.label(i);
      }
      ARROW_RETURN_NOT_OK(visit(std::move(image)));
    }
    return skipped;
  }

  arrow::Future<BufferPtr> Read(const ListedImage& image) override {
    return OnIoThread([folder = folder_, image] {
      return ReadListedFile(folder->get(), image.path, image);
    });
  }

 private:
  Status CheckSameLabel(size_t i) const {
    if (entries_.label(i) == entries_.label(i - 1)) return Status::OK();
    return Status::Invalid(
        description(), ": ", Quoted(entries_.name(i)), " stands there with two labels, ",
        Quoted(entries_.label(i - 1).value_or("(none)")), " and ",
        Quoted(entries_.label(i).value_or("(none)")), "; remove one of the lines");
  }

  std::string path_;
  std::shared_ptr<UniqueFd> folder_;  // what the paths are relative to
  LabelRule rule_;
  Entries entries_;
};

}  // namespace

Result<std::unique_ptr<ImageSource>> OpenListSource(const std::string& path,
                                                    LabelRule rule,
                                                    const SourceOptions& options) {
  const std::string folder = FolderOf(path);
  UniqueFd fd(open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid()) return ErrnoStatus("open folder", folder, errno);
  auto source = std::make_unique<ListSource>(
      path, std::make_shared<UniqueFd>(std::move(fd)), std::move(rule));
  ARROW_RETURN_NOT_OK(source->Load(options.image_column));
  return source;
}

}  // namespace pomona::store
