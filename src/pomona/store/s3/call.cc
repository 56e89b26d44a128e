// SPDX-License-Identifier: Apache-2.0
#include "pomona/store/s3/call.h"

#include <openssl/crypto.h>

#include <ctime>
#include <string_view>
#include <utility>

#include <arrow/buffer.h>
#include <arrow/io/interfaces.h>

#include "pomona/base/clock.h"
#include "pomona/base/hash.h"
#include "pomona/store/posix.h"

namespace pomona::store::s3 {
namespace {

// What OpenSSL keeps for a thread is freed when the thread ends, unless OpenSSL itself
// was cleaned up before: Arrow's threads end after that, at exit.
struct OpensslOfThisThread {
  ~OpensslOfThisThread() { OPENSSL_thread_stop(); }
};

// A server may repeat what it was sent.
std::string WithoutSecrets(const std::string& text, const S3Credentials& credentials) {
  for (const std::string* secret :
       {&credentials.access_key, &credentials.secret_key, &credentials.session_token}) {
    if (!secret->empty() && text.find(*secret) != std::string::npos) return "";
  }
  return text;
}

Status CheckKey(const std::string& key) {
  constexpr size_t kLongest = 1024;
  if (key.size() <= kLongest) return Status::OK();
  return Status::Invalid("the key ", Quoted(key.substr(0, 60)), "... has ", key.size(),
                         " bytes: S3 allows ", kLongest);
}

HttpOptions ToHttpOptions(const S3ClientOptions& options) {
  HttpOptions http;
  http.max_in_flight = options.max_in_flight;
  http.ca_file = options.ca_file;
  http.proxy = options.proxy;
  return http;
}

}  // namespace

struct Caller::Pending {
  S3Request request;
  Progress progress;
  arrow::Future<HttpResponse> done = arrow::Future<HttpResponse>::Make();
};

Caller::Caller(S3ClientOptions options, S3Address address)
    : options_(std::move(options)),
      address_(std::move(address)),
      engine_(ToHttpOptions(options_)) {}

Result<std::shared_ptr<Caller>> Caller::Make(S3ClientOptions options) {
  ARROW_ASSIGN_OR_RAISE(auto address, MakeAddress(options.endpoint, options.bucket));
  return std::shared_ptr<Caller>(new Caller(std::move(options), std::move(address)));
}

S3Question Caller::Question(const S3Request& request) const {
  S3Question question;
  question.operation = request.operation;
  question.bucket = options_.bucket;
  question.key = request.key.empty() ? request.shown : request.key;
  question.endpoint = address_.origin;
  question.region = options_.endpoint.region;
  question.if_absent = request.if_absent;
  return question;
}

Result<S3Credentials> Caller::Credentials() const {
  return options_.credentials ? options_.credentials() : S3Credentials{};
}

Result<HttpRequest> Caller::Prepare(const S3Request& request, Progress* progress) const {
  ARROW_RETURN_NOT_OK(CheckKey(request.key));
  progress->used = {};
  if (!request.is_probe) {
    ARROW_ASSIGN_OR_RAISE(progress->used, Credentials());
  }

  SigningInput input;
  input.method = request.method;
  input.path = address_.path_prefix + "/" + UriEncodePath(request.key);
  if (request.key.empty() && !address_.path_prefix.empty()) input.path.pop_back();
  input.query = request.query;
  input.headers = request.headers;
  input.headers["host"] = address_.host;

  HttpRequest http;
  http.method = request.method;
  const std::string query = EncodeQuery(request.query);
  http.url = address_.origin + input.path + (query.empty() ? "" : "?") + query;
  http.headers = input.headers;
  http.body = request.body;
  http.max_response = request.max_response;
  if (!progress->used.access_key.empty()) {
    input.payload_sha256 =
        HexSha256(request.body ? std::string_view(*request.body) : std::string_view());
    http.headers.merge(
        Sign(input, progress->used, options_.endpoint.region, std::time(nullptr)));
  }
  return http;
}

arrow::Future<HttpResponse> Caller::Start(S3Request request) {
  auto pending = std::make_shared<Pending>();
  pending->request = std::move(request);
  auto done = pending->done;
  Attempt(pending, 0);
  return done;
}

void Caller::Attempt(const std::shared_ptr<Pending>& pending, double delay) {
  auto http = Prepare(pending->request, &pending->progress);
  if (!http.ok()) return pending->done.MarkFinished(http.status());
  auto* executor = arrow::io::default_io_context().executor();
  engine_.Send(std::move(*http), delay, executor)
      .AddCallback(
          [weak = weak_from_this(), pending](const Result<HttpResponse>& result) {
            const OpensslOfThisThread freed_at_the_end;
            const auto self = weak.lock();
            if (self == nullptr) {
              return pending->done.MarkFinished(
                  Status::Cancelled("the S3 client was closed"));
            }
            std::optional<double> wait;
            const Status status =
                self->Review(pending->request, result, &pending->progress, &wait);
            if (wait.has_value()) return self->Attempt(pending, *wait);
            pending->done.MarkFinished(status.ok() ? result : status);
          });
}

Result<HttpResponse> Caller::Run(const S3Request& request, int64_t* retries) {
  Progress progress;
  std::optional<double> wait = 0;
  Status status;
  Result<HttpResponse> result;
  while (wait.has_value()) {
    ARROW_ASSIGN_OR_RAISE(auto http, Prepare(request, &progress));
    auto future = engine_.Send(std::move(http), *wait, nullptr);
    result = future.result();
    wait.reset();
    status = Review(request, result, &progress, &wait);
  }
  if (retries != nullptr) *retries = progress.retries;
  ARROW_RETURN_NOT_OK(status);
  return result;
}

// Whether expired credentials have been replaced meanwhile.
bool Caller::IsRenewed(const Failure& failure, Progress* progress) const {
  if (failure.s3_code != "ExpiredToken" || progress->renewed) return false;
  progress->renewed = true;
  const auto fresh = Credentials();
  return fresh.ok() && fresh->session_token != progress->used.session_token;
}

Status Caller::Review(const S3Request& request, const Result<HttpResponse>& result,
                      Progress* progress, std::optional<double>* delay) {
  if (result.ok()) answered_ = true;
  if (result.ok() && (IsSuccess(result->status) || request.is_probe)) return Status::OK();
  auto outcome = Judge(result);
  if (!outcome.has_value()) return result.status();
  outcome->failure.answered = answered_;
  outcome->server_says = WithoutSecrets(outcome->server_says, progress->used);

  const auto now = Clock::now();
  const double elapsed = SecondsSince(progress->first_failure.value_or(now));
  *delay = NextDelay(options_.retry, outcome->failure, progress->retries, elapsed,
                     RandomUnit());
  if (!delay->has_value() && IsRenewed(outcome->failure, progress)) *delay = 0;
  S3Question question = Question(request);
  question.anonymous = progress->used.access_key.empty();
  if (!delay->has_value()) {
    return ExplainFailure(question, *outcome, progress->retries, elapsed);
  }
  if (!progress->first_failure.has_value()) progress->first_failure = now;
  ++progress->retries;
  if (options_.on_retry) {
    options_.on_retry({OperationVerb(request.operation),
                       "s3://" + options_.bucket + "/" + question.key, outcome->reason,
                       progress->retries, **delay});
  }
  return Status::OK();
}

}  // namespace pomona::store::s3
