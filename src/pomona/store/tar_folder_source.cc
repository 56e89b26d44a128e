// SPDX-License-Identifier: Apache-2.0
#include <dirent.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <arrow/buffer.h>
#include <arrow/util/future.h>

#include "pomona/base/reject.h"
#include "pomona/store/posix.h"
#include "pomona/store/sources.h"
#include "pomona/store/utf8.h"

namespace pomona::store {
namespace {

constexpr size_t kMaxOpen = 64;

// Archives that stay open between reads. Thread-safe; shared with reads under way.
class OpenArchives {
 public:
  explicit OpenArchives(std::string folder) : folder_(std::move(folder)) {}

  std::string PathOf(const std::string& archive) const { return folder_ + "/" + archive; }

  Result<std::shared_ptr<UniqueFd>> Get(const std::string& archive) {
    const std::lock_guard lock(mutex_);
    if (auto found = open_.find(archive); found != open_.end()) return found->second;
    ARROW_ASSIGN_OR_RAISE(auto fd, OpenForRead(PathOf(archive)));
    if (open_.size() >= kMaxOpen) open_.clear();
    return open_.emplace(archive, std::make_shared<UniqueFd>(std::move(fd)))
        .first->second;
  }

 private:
  const std::string folder_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<UniqueFd>> open_;
};

// The archives of a folder as one source: "train-000.tar/a/1.jpg". Labels are found as in
// each archive alone, so its name is none. One archive's index is in memory at a time.
class TarFolderSource : public ImageSource {
 public:
  TarFolderSource(std::string path, std::vector<std::string> archives, LabelRule rule,
                  SourceOptions options)
      : path_(std::move(path)),
        archives_(std::move(archives)),
        rule_(std::move(rule)),
        options_(std::move(options)),
        open_(std::make_shared<OpenArchives>(path_)) {}

  std::string description() const override {
    return "tar archives of folder " + Quoted(path_);
  }
  std::string uri() const override { return path_; }

  Result<SkippedCounts> List(const std::string& after,
                             const std::function<Status(ListedImage)>& visit) override {
    SkippedCounts skipped;
    for (const auto& archive : archives_) {
      const std::string prefix = archive + "/";
      const bool inside = after.starts_with(prefix);
      if (!inside && after > prefix) continue;
      ARROW_ASSIGN_OR_RAISE(auto tar,
                            OpenTarSource(open_->PathOf(archive), rule_, options_));
      auto counts =
          tar->List(inside ? after.substr(prefix.size()) : "", [&](ListedImage image) {
            image.path.insert(0, prefix);
            return visit(std::move(image));
          });
      ARROW_RETURN_NOT_OK(counts.status());
      for (const auto& [reason, count] : *counts) skipped[reason] += count;
    }
    return skipped;
  }

  arrow::Future<BufferPtr> Read(const ListedImage& image) override {
    return OnIoThread([open = open_, image]() -> Result<BufferPtr> {
      const std::string archive = image.path.substr(0, image.path.find('/'));
      auto fd = open->Get(archive);
      if (!fd.ok()) {
        const auto code =
            fd.status().IsKeyError() ? RejectCode::kVanished : RejectCode::kReadFailed;
        return RejectStatus(RejectStage::kRead, code, fd.status().message());
      }
      return ReadFromArchive((*fd)->get(), open->PathOf(archive), image.locator, image);
    });
  }

 private:
  const std::string path_;
  const std::vector<std::string> archives_;  // sorted as name + '/'
  const LabelRule rule_;
  const SourceOptions options_;
  const std::shared_ptr<OpenArchives> open_;
};

bool IsFolder(const std::string& path) {
  struct stat info{};
  return stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

}  // namespace

Result<std::vector<std::string>> TarArchivesOf(const std::string& folder) {
  const std::unique_ptr<DIR, int (*)(DIR*)> dir(opendir(folder.c_str()), closedir);
  if (!dir) return ErrnoStatus("list folder", folder, errno);
  std::vector<std::string> archives;
  while (const dirent* entry = readdir(dir.get())) {
    const std::string name = entry->d_name;
    if (name.starts_with('.')) continue;
    const bool told = entry->d_type != DT_UNKNOWN && entry->d_type != DT_LNK;
    const bool folder_inside =
        told ? entry->d_type == DT_DIR : IsFolder(folder + "/" + name);
    // Pictures or folders of pictures: archives beside them are passed over, and counted.
    if (folder_inside || NoPictureReason(name).empty()) {
      return std::vector<std::string>();
    }
    if (!name.ends_with(".tar")) continue;
    if (!IsUtf8(name)) {
      return Status::Invalid("folder ", Quoted(folder), ": the name of archive ",
                             Quoted(name), " is not UTF-8; rename it");
    }
    archives.push_back(name);
  }
  std::sort(archives.begin(), archives.end(),
            [](const auto& a, const auto& b) { return a + "/" < b + "/"; });
  return archives;
}

Result<std::unique_ptr<ImageSource>> OpenTarFolderSource(
    const std::string& path, std::vector<std::string> archives, LabelRule rule,
    const SourceOptions& options) {
  return std::make_unique<TarFolderSource>(path, std::move(archives), std::move(rule),
                                           options);
}

}  // namespace pomona::store
