// SPDX-License-Identifier: Apache-2.0
#include "pomona/store/s3/client.h"

#include <ctime>
#include <string_view>
#include <utility>

#include <arrow/buffer.h>

#include "pomona/store/s3/client_get.h"
#include "pomona/store/s3/dates.h"

namespace pomona::store::s3 {
namespace {

using BufferPtr = std::shared_ptr<arrow::Buffer>;

Status NeedsKey(const std::string& key) {
  if (!key.empty()) return Status::OK();
  return Status::Invalid("an S3 object needs a name (its key is empty)");
}

S3Request ObjectRequest(S3Operation operation, const char* method,
                        const std::string& key) {
  S3Request request;
  request.operation = operation;
  request.method = method;
  request.key = key;
  return request;
}

S3Request MakeList(const ListOptions& options) {
  S3Request request;
  request.operation = S3Operation::kList;
  request.shown = options.prefix;
  request.query = {{"list-type", "2"},
                   {"encoding-type", "url"},
                   {"prefix", options.prefix},
                   {"max-keys", std::to_string(options.max_keys)}};
  if (!options.delimiter.empty())
    request.query.emplace_back("delimiter", options.delimiter);
  if (!options.token.empty()) {
    request.query.emplace_back("continuation-token", options.token);
  } else if (!options.start_after.empty()) {
    request.query.emplace_back("start-after", options.start_after);
  }
  return request;
}

bool StartsWith(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

Result<S3Page> CheckList(const S3Question& question, const HttpResponse& reply) {
  auto page = ParseObjects(std::string_view(*reply.body));
  if (!page.ok()) return NonsenseError(question, page.status().message());
  for (const S3Object& object : page->objects) {
    if (StartsWith(object.key, question.key)) continue;
    return NonsenseError(question, "the server listed a key outside of the prefix");
  }
  return page;
}

}  // namespace

Result<std::shared_ptr<S3Client>> S3Client::Make(S3ClientOptions options) {
  ARROW_ASSIGN_OR_RAISE(auto caller, Caller::Make(std::move(options)));
  return std::shared_ptr<S3Client>(new S3Client(std::move(caller)));
}

arrow::Future<BufferPtr> S3Client::Get(const std::string& key,
                                       const GetOptions& options) {
  auto request = MakeGet(key, options);
  if (!request.ok()) return arrow::Future<BufferPtr>::MakeFinished(request.status());
  const S3Question question = caller_->Question(*request);
  return caller_->Start(std::move(*request))
      .Then(
          [question, options](const HttpResponse& reply) -> Result<BufferPtr> {
            ARROW_ASSIGN_OR_RAISE(auto content, CheckGet(question, options, reply));
            return content.bytes;
          },
          [question, options](const Status& status) -> Result<BufferPtr> {
            return ExplainGet(question, options, status);
          });
}

Result<S3Content> S3Client::Fetch(const std::string& key, const GetOptions& options) {
  ARROW_ASSIGN_OR_RAISE(const auto request, MakeGet(key, options));
  const S3Question question = caller_->Question(request);
  auto reply = caller_->Run(request);
  if (!reply.ok()) return ExplainGet(question, options, reply.status());
  return CheckGet(question, options, *reply);
}

arrow::Future<S3Page> S3Client::List(const ListOptions& options) {
  S3Request request = MakeList(options);
  const S3Question question = caller_->Question(request);
  return caller_->Start(std::move(request)).Then([question](const HttpResponse& reply) {
    return CheckList(question, reply);
  });
}

Result<S3Page> S3Client::ListNow(const ListOptions& options) {
  const S3Request request = MakeList(options);
  ARROW_ASSIGN_OR_RAISE(const auto reply, caller_->Run(request));
  return CheckList(caller_->Question(request), reply);
}

Result<S3Object> S3Client::Head(const std::string& key) {
  ARROW_RETURN_NOT_OK(NeedsKey(key));
  const S3Request request = ObjectRequest(S3Operation::kHead, "HEAD", key);
  ARROW_ASSIGN_OR_RAISE(const auto reply, caller_->Run(request));
  return ObjectOf(caller_->Question(request), reply.headers);
}

arrow::Future<S3Object> S3Client::StartHead(const std::string& key) {
  if (const Status status = NeedsKey(key); !status.ok()) return status;
  S3Request request = ObjectRequest(S3Operation::kHead, "HEAD", key);
  const S3Question question = caller_->Question(request);
  return caller_->Start(std::move(request)).Then([question](const HttpResponse& reply) {
    return ObjectOf(question, reply.headers);
  });
}

Result<std::string> S3Client::Put(const std::string& key, const BufferPtr& bytes,
                                  const PutCondition& condition) {
  ARROW_RETURN_NOT_OK(NeedsKey(key));
  S3Request request = ObjectRequest(S3Operation::kPut, "PUT", key);
  request.body = bytes;
  request.if_absent = condition.if_absent;
  if (condition.if_absent) request.headers["if-none-match"] = "*";
  if (!condition.if_match.empty()) request.headers["if-match"] = condition.if_match;
  int64_t retries = 0;
  const auto reply = caller_->Run(request, &retries);
  if (reply.ok()) {
    const auto etag = reply->headers.find("etag");
    return etag == reply->headers.end() ? "" : QuotedEtag(etag->second);
  }

  const auto error = GetS3Error(reply.status());
  if (retries == 0 || !error.has_value() || error->http_status != 412) {
    return reply.status();
  }
  const auto there = Fetch(key);
  if (there.ok() && there->bytes->Equals(*bytes)) return there->etag;
  return reply.status();
}

Status S3Client::Delete(const std::string& key) {
  ARROW_RETURN_NOT_OK(NeedsKey(key));
  const Status status =
      caller_->Run(ObjectRequest(S3Operation::kDelete, "DELETE", key)).status();
  const auto error = GetS3Error(status);
  const bool gone = error.has_value() && error->code == "NoSuchKey";
  return gone ? Status::OK() : status;
}

Result<std::vector<S3Upload>> S3Client::ListUploads(const std::string& prefix) {
  std::vector<S3Upload> uploads;
  S3Request request;
  request.operation = S3Operation::kListUploads;
  request.shown = prefix;
  S3UploadPage page;
  do {
    request.query = {{"uploads", ""}, {"encoding-type", "url"}, {"prefix", prefix}};
    if (!page.next_key.empty()) {
      request.query.emplace_back("key-marker", page.next_key);
      request.query.emplace_back("upload-id-marker", page.next_upload_id);
    }
    ARROW_ASSIGN_OR_RAISE(const auto reply, caller_->Run(request));
    const S3Question question = caller_->Question(request);
    auto next = ParseUploads(std::string_view(*reply.body));
    if (!next.ok()) return NonsenseError(question, next.status().message());
    if (!next->last && next->next_key == page.next_key &&
        next->next_upload_id == page.next_upload_id) {
      return NonsenseError(question,
                           "the server's list of uploads goes round in circles");
    }
    page = std::move(*next);
    for (S3Upload& upload : page.uploads) uploads.push_back(std::move(upload));
  } while (!page.last);
  return uploads;
}

Status S3Client::AbortUpload(const std::string& key, const std::string& upload_id) {
  ARROW_RETURN_NOT_OK(NeedsKey(key));
  S3Request request = ObjectRequest(S3Operation::kAbortUpload, "DELETE", key);
  request.query = {{"uploadId", upload_id}};
  const Status status = caller_->Run(request).status();
  const auto error = GetS3Error(status);
  const bool gone = error.has_value() && error->code == "NoSuchUpload";
  return gone ? Status::OK() : status;
}

Result<double> S3Client::ClockSkew() {
  S3Request request;
  request.operation = S3Operation::kProbe;
  request.method = "HEAD";
  request.is_probe = true;
  ARROW_ASSIGN_OR_RAISE(const auto reply, caller_->Run(request));
  const auto now = std::time(nullptr);
  const auto date = reply.headers.find("date");
  const auto server =
      date == reply.headers.end() ? std::nullopt : ParseHttpDate(date->second);
  if (server.has_value()) return std::difftime(*server, now);
  return NonsenseError(caller_->Question(request), "the server does not tell its time");
}

}  // namespace pomona::store::s3
