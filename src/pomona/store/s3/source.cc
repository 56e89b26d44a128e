// SPDX-License-Identifier: Apache-2.0
#include "pomona/store/s3/source.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <arrow/buffer.h>
#include <arrow/util/future.h>

#include "pomona/base/reject.h"
#include "pomona/store/posix.h"
#include "pomona/store/s3/file.h"
#include "pomona/store/sources.h"
#include "pomona/store/utf8.h"

namespace pomona::store::s3 {
namespace {

std::string RootOf(const Location& location) {
  return location.prefix.empty() ? "" : location.Key("");
}

class S3Source : public ImageSource {
 public:
  S3Source(std::string uri, std::shared_ptr<Connection> connection, LabelRule rule,
           bool all_files)
      : uri_(std::move(uri)),
        connection_(std::move(connection)),
        rule_(std::move(rule)),
        all_files_(all_files),
        root_(RootOf(connection_->location)) {}

  bool reads_while_listing() const override { return true; }
  std::string description() const override {
    return "bucket " + Quoted(connection_->location.uri());
  }
  std::string uri() const override { return uri_; }

  Result<SkippedCounts> List(const std::string& after,
                             const std::function<Status(ListedImage)>& visit) override {
    SkippedCounts skipped;
    ListOptions options;
    options.prefix = root_;
    if (!after.empty()) options.start_after = root_ + after;
    auto next = connection_->client->List(options);
    while (true) {
      ARROW_ASSIGN_OR_RAISE(const S3Page page, next.MoveResult());
      const bool last = page.next_token.empty();
      options.token = page.next_token;
      if (!last) next = connection_->client->List(options);
      for (const auto& object : page.objects) {
        const Status status = VisitObject(object, &skipped, visit);
        if (status.ok()) continue;
        if (!last) next.Wait();
        return status;
      }
      if (last) return skipped;
    }
  }

  arrow::Future<BufferPtr> Read(const ListedImage& image) override {
    return ReadListedObject(connection_->client.get(), root_ + image.path, image);
  }

  void Cancel() override { connection_->client->Cancel(); }

 private:
  Status VisitObject(const S3Object& object, SkippedCounts* skipped,
                     const std::function<Status(ListedImage)>& visit) const {
    ListedImage image = NamedImage(std::string_view(object.key).substr(root_.size()));
    if (image.path.empty() || image.path.ends_with('/')) {
      ++(*skipped)["folder object"];  // as web consoles make them
      return Status::OK();
    }
    if (const auto reason = PassOverReason(image.path, all_files_); !reason.empty()) {
      ++(*skipped)[reason];
      return Status::OK();
    }
    image.size = object.size;
    image.mtime_ns = object.mtime_ns;
    if (!object.etag.empty()) image.etag = object.etag;
    image.label = rule_.FromPath(image.path);
    return visit(std::move(image));
  }

  const std::string uri_;
  const std::shared_ptr<Connection> connection_;
  const LabelRule rule_;
  const bool all_files_;
  const std::string root_;  // of the keys: "prefix/", or ""
};

bool IsMissing(const Status& status) {
  const auto error = GetS3Error(status);
  return error && error->kind == S3ErrorKind::kMissing;
}

Result<std::unique_ptr<ImageSource>> OpenObjectSource(
    const std::string& uri, const std::shared_ptr<Connection>& connection,
    const LabelRule& rule, const SourceOptions& options) {
  const std::string& key = connection->location.prefix;
  ARROW_ASSIGN_OR_RAISE(auto file, OpenS3File(connection, key));
  return OpenOneFile({uri, std::move(file), ObjectsBeside(connection, key)}, rule,
                     options);
}

struct Below {
  bool anything = false;
  // Where there are only archives, and names that are no pictures.
  std::vector<std::string> archives;
};

// Ends at the first name that may be a picture, or folder: of most buckets, one page.
Result<Below> LookBelow(const Connection& connection, bool all_files) {
  Below below;
  ListOptions options;
  options.prefix = RootOf(connection.location);
  options.delimiter = "/";
  if (all_files) options.max_keys = 1;
  do {
    ARROW_ASSIGN_OR_RAISE(const S3Page page, connection.client->ListNow(options));
    options.token = page.next_token;
    below.anything |= !page.objects.empty() || !page.common_prefixes.empty();
    bool pictures = all_files;
    for (const auto& folder : page.common_prefixes) {
      pictures |= !folder.substr(options.prefix.size()).starts_with('.');
    }
    for (const auto& object : page.objects) {
      const std::string name = object.key.substr(options.prefix.size());
      if (name.empty() || name.starts_with('.')) continue;
      pictures |= NoPictureReason(name).empty();
      if (name.ends_with(".tar")) below.archives.push_back(name);
    }
    if (pictures) {
      below.archives.clear();
      return below;
    }
  } while (!options.token.empty());
  std::sort(below.archives.begin(), below.archives.end(),
            [](const auto& a, const auto& b) { return a + "/" < b + "/"; });
  return below;
}

}  // namespace

bool NamesOneFile(std::string_view prefix) {
  for (const char* ending : {".tar", ".parquet", ".csv", ".txt", ".lst"}) {
    if (prefix.ends_with(ending)) return true;
  }
  return false;
}

Status AsReject(const Status& status, const std::string& what) {
  const auto reject = [&](RejectCode code, const std::string& text) {
    return RejectStatus(RejectStage::kRead, code,
                        what.empty() ? text : what + " " + text);
  };
  const auto error = GetS3Error(status);
  if (!error) return status;
  switch (error->kind) {
    case S3ErrorKind::kMissing:
      return reject(RejectCode::kVanished, "is no longer there");
    case S3ErrorKind::kChanged:
      return reject(RejectCode::kChanged, "was replaced since it was listed");
    case S3ErrorKind::kDenied:
      return RejectStatus(RejectStage::kRead, RejectCode::kReadFailed, status.message());
    default:
      return status;
  }
}

Result<std::unique_ptr<ImageSource>> OpenS3Source(const std::string& uri, LabelRule rule,
                                                  const SourceOptions& options) {
  ARROW_ASSIGN_OR_RAISE(const Location location, ParseLocation(uri, ReadEnvironment));
  ARROW_ASSIGN_OR_RAISE(auto connection, Connect(location, options.on_retry));
  if (NamesOneFile(location.prefix)) {
    auto source = OpenObjectSource(uri, connection, rule, options);
    if (!IsMissing(source.status())) return source;
  }
  ARROW_ASSIGN_OR_RAISE(const Below below, LookBelow(*connection, options.all_files));
  if (!below.anything && !location.prefix.empty()) {
    auto source = OpenObjectSource(uri, connection, rule, options);
    if (!IsMissing(source.status())) return source;
  }
  if (!below.anything) {
    return Status::KeyError("there is nothing below ", Quoted(location.uri()),
                            "; is the prefix right? It is the part of the keys before "
                            "the '/'");
  }
  if (!below.archives.empty()) {
    const auto open = [connection](const std::string& name) {
      return OpenS3File(connection, connection->location.Key(name));
    };
    return OpenTarFolderSource(uri, location.uri(), below.archives, open, std::move(rule),
                               options);
  }
  ARROW_RETURN_NOT_OK(CheckNoColumn(rule, "a bucket"));
  return std::make_unique<S3Source>(uri, std::move(connection), std::move(rule),
                                    options.all_files);
}

}  // namespace pomona::store::s3
