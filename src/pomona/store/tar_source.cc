// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include <arrow/buffer.h>
#include <arrow/util/future.h>
#include <nlohmann/json.hpp>

#include "pomona/base/json.h"
#include "pomona/store/entries.h"
#include "pomona/store/sources.h"
#include "pomona/store/tar.h"
#include "pomona/store/utf8.h"

namespace pomona::store {
namespace {

constexpr int64_t kMaxLabelFile = 1 << 20;

// WebDataset's key: the path up to the first dot of its last part.
std::string_view KeyOf(std::string_view path) {
  const size_t begin = path.size() - LastPart(path).size();
  return path.substr(0, std::min(path.find('.', begin), path.size()));
}

std::string_view WithoutRoot(std::string_view name) {
  while (name.starts_with("./") || name.starts_with('/')) {
    name.remove_prefix(name[0] == '/' ? 1 : 2);
  }
  return name;
}

std::string Trimmed(std::string_view text) {
  const auto* blank = " \t\r\n";
  const size_t begin = text.find_first_not_of(blank);
  if (begin == std::string_view::npos) return "";
  return std::string(text.substr(begin, text.find_last_not_of(blank) + 1 - begin));
}

class TarSource : public ImageSource {
 public:
  TarSource(std::string uri, std::shared_ptr<SourceFile> archive, LabelRule rule,
            bool all_files)
      : uri_(std::move(uri)),
        archive_(std::move(archive)),
        rule_(std::move(rule)),
        all_files_(all_files),
        labels_(archive_) {
    const std::string& column = rule_.column();
    const bool plain = column == "cls" || column == "txt";
    label_ending_ = column.empty() ? "" : plain ? "." + column : ".json";
  }

  Status Index() {
    if (indexed_) return Status::OK();
    ARROW_RETURN_NOT_OK(ScanTar(archive_, [&](const TarMember& member) {
      switch (member.type) {
        case TarType::kFile:
          entries_.Add(WithoutRoot(member.name), {}, member.offset, member.size);
          break;
        case TarType::kFolder:
          break;
        case TarType::kLink:
          ++special_["link"];
          break;
        case TarType::kOther:
          ++special_["special file"];
          break;
      }
      return Status::OK();
    }));
    entries_.Sort();
    indexed_ = true;
    return CheckLabels();
  }

  std::string description() const override { return "tar " + Quoted(archive_->name()); }
  std::string uri() const override { return uri_; }

  Result<SkippedCounts> List(const std::string& after,
                             const std::function<Status(ListedImage)>& visit) override {
    ARROW_RETURN_NOT_OK(Index());
    SkippedCounts skipped = special_;
    for (size_t i = entries_.FirstAfter(after); i < entries_.count(); ++i) {
      if (std::string reason = SkipReason(i); !reason.empty()) {
        ++skipped[reason];
        continue;
      }
      ListedImage image;
      image.path = entries_.name(i);
      image.valid_name = entries_.valid_name(i);
      image.size = entries_.size(i);
      image.mtime_ns = archive_->mtime_ns();
      image.etag = archive_->etag();
      image.locator = entries_.offset(i);
      ARROW_ASSIGN_OR_RAISE(image.label, LabelOf(image.path));
      ARROW_RETURN_NOT_OK(visit(std::move(image)));
    }
    return skipped;
  }

  arrow::Future<BufferPtr> Read(const ListedImage& image) override {
    return ReadMember(archive_, image);
  }

  void Cancel() override { archive_->Cancel(); }

 private:
  std::string SkipReason(size_t i) const {
    // Unpacking would let the last of equal names win.
    if (i + 1 < entries_.count() && entries_.name(i + 1) == entries_.name(i)) {
      return "duplicate";
    }
    return PassOverReason(entries_.name(i), all_files_);
  }

  Result<std::optional<std::string>> LabelOf(const std::string& path) {
    if (label_ending_.empty()) return rule_.FromPath(path);
    const auto member = entries_.Find(std::string(KeyOf(path)) + label_ending_);
    if (!member) return std::optional<std::string>();
    ARROW_ASSIGN_OR_RAISE(const std::string text, LabelText(*member));
    if (label_ending_ != ".json") return std::optional(EscapeInvalidUtf8(Trimmed(text)));
    ARROW_ASSIGN_OR_RAISE(const auto json, JsonOf(*member, text));
    const auto value = json.find(rule_.column());
    if (value == json.end() || value->is_null()) return std::optional<std::string>();
    if (value->is_string()) return std::optional(value->get<std::string>());
    if (value->is_primitive()) return std::optional(value->dump());
    return Status::Invalid(description(), ", member ", Quoted(entries_.name(*member)),
                           ": '", rule_.column(), "' is no plain value, so no label");
  }

  Result<std::string> LabelText(size_t member) {
    if (entries_.size(member) > kMaxLabelFile) {
      return Status::Invalid(description(), ", member ", Quoted(entries_.name(member)),
                             ": a label file of over 1 MB");
    }
    return labels_.Read(entries_.offset(member), entries_.size(member));
  }

  Result<nlohmann::json> JsonOf(size_t member, const std::string& text) const {
    auto json = ParseJson(text);
    if (json.is_object()) return json;
    return Status::Invalid(description(), ", member ", Quoted(entries_.name(member)),
                           ": no JSON object, so it holds no label");
  }

  // A label rule that no member can serve is the user's mistake: told at once.
  Status CheckLabels() {
    if (label_ending_.empty()) return Status::OK();
    for (size_t i = 0; i < entries_.count(); ++i) {
      if (!entries_.name(i).ends_with(label_ending_)) continue;
      if (label_ending_ != ".json") return Status::OK();
      ARROW_ASSIGN_OR_RAISE(const std::string text, LabelText(i));
      ARROW_ASSIGN_OR_RAISE(const auto json, JsonOf(i, text));
      if (json.contains(rule_.column())) return Status::OK();
      std::string keys;
      for (const auto& item : json.items()) keys += " " + item.key();
      return Status::Invalid("labels from '", rule_.text(), "': ", description(),
                             ", member ", Quoted(entries_.name(i)), " has no such key",
                             " (keys:", keys, "); also 'column:cls' and 'column:txt'");
    }
    if (entries_.count() == 0) return Status::OK();
    return Status::Invalid("labels from '", rule_.text(), "': ", description(),
                           " holds no ", label_ending_, " files");
  }

  const std::string uri_;
  const std::shared_ptr<SourceFile> archive_;
  LabelRule rule_;
  bool all_files_;
  std::string label_ending_;
  Entries entries_;
  SkippedCounts special_;
  AheadReader labels_;
  bool indexed_ = false;
};

}  // namespace

Result<std::unique_ptr<ImageSource>> OpenTarSource(const std::string& uri,
                                                   std::shared_ptr<SourceFile> archive,
                                                   LabelRule rule,
                                                   const SourceOptions& options) {
  auto source = std::make_unique<TarSource>(uri, std::move(archive), std::move(rule),
                                            options.all_files);
  if (!options.listed) ARROW_RETURN_NOT_OK(source->Index());
  return source;
}

}  // namespace pomona::store
