// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <utility>

#include <arrow/buffer.h>
#include <arrow/util/future.h>

#include "pomona/store/posix.h"
#include "pomona/store/sources.h"
#include "pomona/store/walk.h"

namespace pomona::store {
namespace {

class FolderSource : public ImageSource {
 public:
  FolderSource(std::string path, std::shared_ptr<UniqueFd> fd, LabelRule rule,
               bool all_files)
      : path_(std::move(path)),
        fd_(std::move(fd)),
        rule_(std::move(rule)),
        all_files_(all_files) {}

  bool reads_while_listing() const override { return true; }
  std::string description() const override { return "folder " + Quoted(path_); }
  std::string uri() const override { return path_; }

  Result<SkippedCounts> List(const std::string& after,
                             const std::function<Status(ListedImage)>& visit) override {
    SkippedCounts skipped;
    WalkOptions options;
    options.after = after;
    options.skip_hidden = true;
    options.skipped = [&](std::string_view reason) { ++skipped[std::string(reason)]; };
    ARROW_RETURN_NOT_OK(WalkTree(path_, options, [&](const WalkedFile& file) -> Status {
      const std::string reason = all_files_ ? "" : NoPictureReason(file.name);
      if (!reason.empty()) {
        ++skipped[reason];
        return Status::OK();
      }
      ListedImage image;
      image.path = file.path;
      image.valid_name = file.valid_name;
      if (file.found) {
        image.size = file.info.st_size;
        image.mtime_ns = MtimeNs(file.info);
      }
      image.label = rule_.FromPath(image.path);
      return visit(std::move(image));
    }));
    return skipped;
  }

  arrow::Future<BufferPtr> Read(const ListedImage& image) override {
    return OnIoThread(
        [fd = fd_, image] { return ReadListedFile(fd->get(), image.path, image); });
  }

 private:
  std::string path_;
  std::shared_ptr<UniqueFd> fd_;  // shared with reads that are under way
  LabelRule rule_;
  bool all_files_;
};

}  // namespace

Result<std::unique_ptr<ImageSource>> OpenFolderSource(const std::string& path,
                                                      LabelRule rule,
                                                      const SourceOptions& options) {
  ARROW_RETURN_NOT_OK(CheckNoColumn(rule, "a folder"));
  UniqueFd fd(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid()) return ErrnoStatus("list folder", path, errno);
  return std::make_unique<FolderSource>(path, std::make_shared<UniqueFd>(std::move(fd)),
                                        std::move(rule), options.all_files);
}

}  // namespace pomona::store
