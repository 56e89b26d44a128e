// SPDX-License-Identifier: Apache-2.0
#include <deque>
#include <utility>

#include <arrow/buffer.h>
#include <arrow/util/future.h>

#include "pomona/store/entries.h"
#include "pomona/store/list_file.h"
#include "pomona/store/named_files.h"
#include "pomona/store/sources.h"

namespace pomona::store {
namespace {

class ListSource : public ImageSource {
 public:
  ListSource(OpenedFile list, std::string path_column, LabelRule rule)
      : uri_(std::move(list.uri)),
        path_column_(std::move(path_column)),
        name_(list.file->name()),
        list_(std::move(list.file)),
        files_(std::move(list.beside)),
        rule_(std::move(rule)) {}

  Status Load() {
    if (list_ == nullptr) return Status::OK();
    ARROW_RETURN_NOT_OK(ReadListFile(
        list_, path_column_, rule_.column(),
        [&](std::string_view path, const std::optional<std::string>& label) {
          auto name = files_->NameOf(path);
          if (!name.ok()) {
            return Status::Invalid(description(), ": ", name.status().message());
          }
          entries_.Add(*name, label);
          return Status::OK();
        }));
    entries_.Sort();
    list_.reset();
    return Status::OK();
  }

  bool reads_while_listing() const override { return files_->reads_while_listing(); }
  std::string description() const override { return "list " + Quoted(name_); }
  std::string uri() const override { return uri_; }

  Result<SkippedCounts> List(const std::string& after,
                             const std::function<Status(ListedImage)>& visit) override {
    ARROW_RETURN_NOT_OK(Load());
    SkippedCounts skipped;
    std::deque<Look> looks;
    const auto visit_first = [&]() -> Status {
      const Look look = std::move(looks.front());
      looks.pop_front();
      return Visit(look, visit);
    };
    for (size_t i = entries_.FirstAfter(after); i < entries_.count(); ++i) {
      if (i > 0 && entries_.name(i) == entries_.name(i - 1)) {
        ARROW_RETURN_NOT_OK(CheckSameLabel(i));
        ++skipped["duplicate"];
        continue;
      }
      looks.push_back({i, files_->Look(std::string(entries_.raw(i)))});
      if (looks.size() >= files_->looks_ahead()) ARROW_RETURN_NOT_OK(visit_first());
    }
    while (!looks.empty()) ARROW_RETURN_NOT_OK(visit_first());
    return skipped;
  }

  arrow::Future<BufferPtr> Read(const ListedImage& image) override {
    return files_->Read(image);
  }

  void Cancel() override { files_->Cancel(); }

 private:
  struct Look {
    size_t entry = 0;
    arrow::Future<std::optional<ListedImage>> found;
  };

  Status Visit(const Look& look, const std::function<Status(ListedImage)>& visit) const {
    ARROW_ASSIGN_OR_RAISE(const auto found, look.found.result());
    ListedImage image = found.value_or(ListedImage());
    image.path = entries_.name(look.entry);
    image.valid_name = entries_.valid_name(look.entry);
    if (rule_.column().empty()) {
      image.label = rule_.FromPath(image.path);
    } else {
      image.label = entries_.label(look.entry);
    }
    return visit(std::move(image));
  }

  Status CheckSameLabel(size_t i) const {
    if (entries_.label(i) == entries_.label(i - 1)) return Status::OK();
    return Status::Invalid(
        description(), ": ", Quoted(entries_.name(i)), " stands there with two labels, ",
        Quoted(entries_.label(i - 1).value_or("(none)")), " and ",
        Quoted(entries_.label(i).value_or("(none)")), "; remove one of the lines");
  }

  const std::string uri_;
  const std::string path_column_;
  const std::string name_;            // of the list, for messages
  std::shared_ptr<SourceFile> list_;  // null once it is loaded
  const std::shared_ptr<NamedFiles> files_;
  const LabelRule rule_;
  Entries entries_;
};

// One picture, named by its file name.
class FileSource : public ImageSource {
 public:
  FileSource(std::string uri, std::string name, std::shared_ptr<NamedFiles> files,
             LabelRule rule)
      : uri_(std::move(uri)),
        name_(std::move(name)),
        files_(std::move(files)),
        rule_(std::move(rule)) {}

  std::string description() const override { return "file " + Quoted(name_); }
  std::string uri() const override { return uri_; }

  Result<SkippedCounts> List(const std::string& after,
                             const std::function<Status(ListedImage)>& visit) override {
    const std::string_view raw = LastPart(name_);
    const auto look = files_->Look(std::string(raw));
    ARROW_ASSIGN_OR_RAISE(auto found, look.result());
    if (!found) return Status::KeyError(Quoted(name_), " is no longer there");
    const ListedImage named = NamedImage(raw);
    found->path = named.path;
    found->valid_name = named.valid_name;
    found->label = rule_.FromPath(found->path);
    if (found->path > after) ARROW_RETURN_NOT_OK(visit(std::move(*found)));
    return SkippedCounts{};
  }

  arrow::Future<BufferPtr> Read(const ListedImage& image) override {
    return files_->Read(image);
  }

  void Cancel() override { files_->Cancel(); }

 private:
  const std::string uri_;
  const std::string name_;
  const std::shared_ptr<NamedFiles> files_;
  const LabelRule rule_;
};

}  // namespace

Result<std::unique_ptr<ImageSource>> OpenFileSource(const OpenedFile& file,
                                                    LabelRule rule) {
  ARROW_RETURN_NOT_OK(CheckNoColumn(rule, "a lone picture"));
  return std::make_unique<FileSource>(file.uri, file.file->name(), file.beside,
                                      std::move(rule));
}

Result<std::unique_ptr<ImageSource>> OpenListSource(const OpenedFile& list,
                                                    LabelRule rule,
                                                    const SourceOptions& options) {
  auto source = std::make_unique<ListSource>(list, options.image_column, std::move(rule));
  if (!options.listed) ARROW_RETURN_NOT_OK(source->Load());
  return source;
}

}  // namespace pomona::store
