// SPDX-License-Identifier: Apache-2.0
#include "pomona/job/survey.h"

#include <filesystem>
#include <utility>

#include <arrow/buffer.h>
#include <arrow/util/future.h>

#include "pomona/store/list_file.h"
#include "pomona/store/source_file.h"
#include "pomona/store/utf8.h"

namespace pomona::job {
namespace {

namespace fs = std::filesystem;
using store::ListedImage;

// Whether a list's source would leave this path as it is, after `before`.
bool IsPlain(std::string_view path, std::string_view before) {
  return path > before && !path.starts_with('/') && !path.starts_with("./") &&
         path.find("/./") == std::string_view::npos &&
         path.find("//") == std::string_view::npos && store::IsUtf8(path);
}

class SortedList : public store::ImageSource {
 public:
  SortedList(std::string path, store::LabelRule rule, std::string column)
      : path_(std::move(path)),
        folder_(fs::path(path_).parent_path()),
        rule_(std::move(rule)),
        column_(std::move(column)) {}

  // False where the list is not sorted and plain.
  Result<bool> Check() const {
    std::string before;
    bool plain = true;
    const Status status =
        Lines([&](std::string_view path, const std::optional<std::string>&) {
          plain = IsPlain(path, before);
          before = path;
          return plain ? Status::OK() : Status::Cancelled("not plain");
        });
    if (!status.ok() && plain) return status;
    return plain;
  }

  std::string description() const override { return "list '" + path_ + "'"; }
  std::string uri() const override { return path_; }

  Result<store::SkippedCounts> List(
      const std::string& after,
      const std::function<Status(ListedImage)>& visit) override {
    ARROW_RETURN_NOT_OK(
        Lines([&](std::string_view path, const std::optional<std::string>& label) {
          if (path <= after) return Status::OK();
          ListedImage image;
          image.path = path;
          std::error_code missing;
          const auto size = fs::file_size(folder_ / image.path, missing);
          image.size = missing ? 0 : static_cast<int64_t>(size);
          image.label = rule_.column().empty() ? rule_.FromPath(image.path) : label;
          return visit(std::move(image));
        }));
    return store::SkippedCounts();
  }

  arrow::Future<std::shared_ptr<arrow::Buffer>> Read(const ListedImage& image) override {
    return arrow::Future<std::shared_ptr<arrow::Buffer>>::MakeFinished(
        Status::NotImplemented(image.path, ": this source is only listed"));
  }

 private:
  template <typename Visit>
  Status Lines(const Visit& visit) const {
    ARROW_ASSIGN_OR_RAISE(const auto list, store::OpenLocalFile(path_));
    return store::ReadListFile(list, column_, rule_.column(), visit);
  }

  std::string path_;
  fs::path folder_;
  store::LabelRule rule_;
  std::string column_;
};

}  // namespace

Result<std::unique_ptr<store::ImageSource>> OpenSurvey(
    const std::string& uri, const store::SourceOptions& options) {
  const bool list =
      uri.ends_with(".txt") || uri.ends_with(".lst") || uri.ends_with(".csv");
  std::error_code ignored;
  if (list && fs::is_regular_file(uri, ignored)) {
    ARROW_ASSIGN_OR_RAISE(auto rule, store::LabelRule::Parse(options.label_from));
    auto source =
        std::make_unique<SortedList>(uri, std::move(rule), options.image_column);
    // What is wrong with it is told by the source that a run opens.
    if (source->Check().ValueOr(false)) return source;
  }
  return store::OpenImageSource(uri, options);
}

}  // namespace pomona::job
