// SPDX-License-Identifier: Apache-2.0
// One S3 request with its retries: signed anew for each try, waited for without holding a
// thread, explained when it fails for good. The operations of client.h are made of it.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <arrow/util/future.h>

#include "pomona/base/status.h"
#include "pomona/store/s3/address.h"
#include "pomona/store/s3/errors.h"
#include "pomona/store/s3/http.h"
#include "pomona/store/s3/retry.h"
#include "pomona/store/s3/signer.h"

namespace pomona::store::s3 {

struct S3ClientOptions {
  S3Endpoint endpoint;
  std::string bucket;
  // Asked before every try, for temporary credentials change: in the callers' threads or
  // on Arrow's I/O threads, several at once, never on the network's. Empty: anonymous.
  std::function<Result<S3Credentials>()> credentials;
  RetryPolicy retry;
  RetrySink on_retry;      // may be empty
  int max_in_flight = 64;  // requests on the wire at a time
  std::string ca_file;     // see HttpOptions
  std::string proxy;
};

struct S3Request {
  S3Operation operation = S3Operation::kGet;
  std::string method = "GET";
  std::string key;    // "": the bucket itself
  std::string shown;  // for messages, where it is not the key: a prefix
  QueryParameters query;
  HttpHeaders headers;
  std::shared_ptr<arrow::Buffer> body;
  int64_t max_response = 16 << 20;
  bool if_absent = false;
  bool is_probe = false;  // not signed, and any reply is a success
};

// Thread-safe.
class Caller : public std::enable_shared_from_this<Caller> {
 public:
  static Result<std::shared_ptr<Caller>> Make(S3ClientOptions options);

  // The 2xx reply. The future is finished on Arrow's I/O executor (or here, when nothing
  // is sent). Cancelled when the caller goes away before.
  arrow::Future<HttpResponse> Start(S3Request request);
  // The same; waits, and needs no thread of any pool. `retries`, when given, is set to
  // the number of retries.
  Result<HttpResponse> Run(const S3Request& request, int64_t* retries = nullptr);

  S3Question Question(const S3Request& request) const;
  void Cancel() { engine_.Cancel(); }

 private:
  // What happened to a request so far.
  struct Progress {
    int64_t retries = 0;
    std::optional<std::chrono::steady_clock::time_point> first_failure;
    S3Credentials used;
    bool renewed = false;
  };
  struct Pending;

  Caller(S3ClientOptions options, S3Address address);
  Result<S3Credentials> Credentials() const;
  Result<HttpRequest> Prepare(const S3Request& request, Progress* progress) const;
  void Attempt(const std::shared_ptr<Pending>& pending, double delay);
  // OK for a reply to hand on; otherwise the error, or seconds to wait before the next
  // try.
  Status Review(const S3Request& request, const Result<HttpResponse>& result,
                Progress* progress, std::optional<double>* delay);
  bool IsRenewed(const Failure& failure, Progress* progress) const;

  const S3ClientOptions options_;
  const S3Address address_;
  std::atomic<bool> answered_ = false;
  HttpEngine engine_;
};

}  // namespace pomona::store::s3
