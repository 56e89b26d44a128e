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
#include <arrow/io/interfaces.h>
#include <arrow/util/future.h>
#include <arrow/util/thread_pool.h>

#include "pomona/base/reject.h"
#include "pomona/store/posix.h"
#include "pomona/store/s3/errors.h"
#include "pomona/store/s3/source.h"
#include "pomona/store/sources.h"
#include "pomona/store/utf8.h"

namespace pomona::store {
namespace {

constexpr size_t kMaxOpen = 64;

// Archives that stay open between reads. Thread-safe; shared with reads under way.
class OpenArchives {
 public:
  explicit OpenArchives(OpenArchive open) : open_one_(std::move(open)) {}

  Result<std::shared_ptr<SourceFile>> Get(const std::string& archive) {
    const std::lock_guard lock(mutex_);
    if (auto found = open_.find(archive); found != open_.end()) return found->second;
    ARROW_ASSIGN_OR_RAISE(auto file, open_one_(archive));
    if (open_.size() >= kMaxOpen) open_.clear();
    return open_.emplace(archive, std::move(file)).first->second;
  }

 private:
  const OpenArchive open_one_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<SourceFile>> open_;
};

// The archives of a folder as one source: "train-000.tar/a/1.jpg". Labels are found as in
// each archive alone, so its name is none. One archive's index is in memory at a time.
class TarFolderSource : public ImageSource {
 public:
  TarFolderSource(std::string uri, std::string place, std::vector<std::string> archives,
                  OpenArchive open, LabelRule rule, SourceOptions options)
      : uri_(std::move(uri)),
        place_(std::move(place)),
        archives_(std::move(archives)),
        open_one_(open),
        rule_(std::move(rule)),
        options_(std::move(options)),
        open_(std::make_shared<OpenArchives>(std::move(open))) {}

  std::string description() const override {
    return "tar archives of folder " + Quoted(place_);
  }
  std::string uri() const override { return uri_; }

  Result<SkippedCounts> List(const std::string& after,
                             const std::function<Status(ListedImage)>& visit) override {
    SkippedCounts skipped;
    for (const auto& archive : archives_) {
      const std::string prefix = archive + "/";
      const bool inside = after.starts_with(prefix);
      if (!inside && after > prefix) continue;
      ARROW_ASSIGN_OR_RAISE(auto file, open_one_(archive));
      ARROW_ASSIGN_OR_RAISE(auto tar,
                            OpenTarSource(uri_, std::move(file), rule_, options_));
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
    auto* executor = arrow::io::default_io_context().executor();
    return arrow::DeferNotOk(
        executor->Submit([open = open_, image]() -> arrow::Future<BufferPtr> {
          const std::string archive = image.path.substr(0, image.path.find('/'));
          const auto file = open->Get(archive);
          if (!file.ok()) return AsReject(file.status());
          return ReadMember(*file, image);
        }));
  }

 private:
  // Of opening an archive.
  static Status AsReject(const Status& status) {
    if (s3::GetS3Error(status)) return s3::AsReject(status, "its archive");
    if (status.IsCancelled()) return status;
    const auto code =
        status.IsKeyError() ? RejectCode::kVanished : RejectCode::kReadFailed;
    return RejectStatus(RejectStage::kRead, code, status.message());
  }

  const std::string uri_;
  const std::string place_;                  // for messages
  const std::vector<std::string> archives_;  // sorted as name + '/'
  const OpenArchive open_one_;
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
    const std::string& uri, const std::string& place, std::vector<std::string> archives,
    OpenArchive open, LabelRule rule, const SourceOptions& options) {
  return std::make_unique<TarFolderSource>(uri, place, std::move(archives),
                                           std::move(open), std::move(rule), options);
}

}  // namespace pomona::store
