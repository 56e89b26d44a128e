// SPDX-License-Identifier: Apache-2.0
#include "pomona/store/s3/source.h"

#include <utility>

#include <arrow/buffer.h>
#include <arrow/util/future.h>

#include "pomona/base/reject.h"
#include "pomona/store/posix.h"
#include "pomona/store/sources.h"
#include "pomona/store/utf8.h"

namespace pomona::store::s3 {
namespace {

// What became of one picture is a reject; what would meet every picture ends the run.
Status AsReject(const Status& status, const ListedImage& image) {
  const auto reject = [&](RejectCode code, const std::string& text) {
    return RejectStatus(RejectStage::kRead, code, text);
  };
  const auto error = GetS3Error(status);
  if (!error) return status;
  switch (error->kind) {
    case S3ErrorKind::kMissing:
      return reject(RejectCode::kVanished, "is no longer there");
    case S3ErrorKind::kChanged:
      return reject(RejectCode::kChanged, "was replaced since it was listed");
    case S3ErrorKind::kDenied:
      return reject(RejectCode::kReadFailed, status.message());
    default:
      return status;
  }
}

class S3Source : public ImageSource {
 public:
  S3Source(std::string uri, std::shared_ptr<Connection> connection, LabelRule rule,
           bool all_files)
      : uri_(std::move(uri)),
        connection_(std::move(connection)),
        rule_(std::move(rule)),
        all_files_(all_files),
        root_(connection_->location.prefix.empty() ? "" : connection_->location.Key("")) {
  }

  bool reads_while_listing() const override { return true; }
  std::string description() const override {
    return "bucket " + Quoted(connection_->location.uri());
  }
  std::string uri() const override { return uri_; }

  Status CheckThere() {
    ListOptions options;
    options.prefix = root_;
    options.max_keys = 1;
    const auto page = connection_->client->ListNow(options);
    ARROW_RETURN_NOT_OK(page.status());
    if (!page->objects.empty()) return Status::OK();
    return Status::KeyError("there is nothing below ",
                            Quoted(connection_->location.uri()),
                            "; is the prefix right? It is the part of the keys before "
                            "the '/'");
  }

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
    if (!image.valid_name) {
      return RejectStatus(RejectStage::kList, RejectCode::kBadName,
                          "the name is not UTF-8; rename the object");
    }
    if (image.size > kMaxEncodedBytes) {
      return RejectStatus(RejectStage::kRead, RejectCode::kTooLarge,
                          "has " + std::to_string(image.size) +
                              " bytes; pictures may have up to " +
                              std::to_string(kMaxEncodedBytes));
    }
    GetOptions options;
    options.if_match = image.etag.value_or("");
    options.expected_size = image.size;
    options.max_bytes = kMaxEncodedBytes;
    return connection_->client->Get(root_ + image.path, options)
        .Then([](const BufferPtr& bytes) -> Result<BufferPtr> { return bytes; },
              [image](const Status& status) -> Result<BufferPtr> {
                return AsReject(status, image);
              });
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

}  // namespace

Result<std::unique_ptr<ImageSource>> OpenS3Source(const std::string& uri, LabelRule rule,
                                                  const SourceOptions& options) {
  ARROW_RETURN_NOT_OK(CheckNoColumn(rule, "a bucket"));
  ARROW_ASSIGN_OR_RAISE(const Location location, ParseLocation(uri, ReadEnvironment));
  ARROW_ASSIGN_OR_RAISE(auto connection, Connect(location, options.on_retry));
  auto source = std::make_unique<S3Source>(uri, std::move(connection), std::move(rule),
                                           options.all_files);
  ARROW_RETURN_NOT_OK(source->CheckThere());
  return source;
}

}  // namespace pomona::store::s3
