// SPDX-License-Identifier: Apache-2.0
// Which S3 failures may pass and how long to wait for them. One policy for our own client
// and for Arrow's S3 file system.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace arrow::fs {
class S3RetryStrategy;
}  // namespace arrow::fs

namespace pomona::store::s3 {

// Exponential back-off with full jitter: before try n + 1 a random part of
// min(cap, initial * factor^n). Times in seconds, counted from the first failure. The
// defaults outlast a server that is away for a minute.
struct RetryPolicy {
  double initial = 0.1;
  double factor = 2;
  double cap = 10;
  double give_up = 120;
  // For an endpoint that has never answered and whose name cannot be resolved or that
  // does not speak TLS: most likely it is misspelt.
  double give_up_unknown = 10;
};

// How a request failed. Fields that do not apply are 0 or "".
struct Failure {
  int http_status = 0;
  std::string s3_code;   // "SlowDown"
  int curl_code = 0;     // CURLcode; CURLE_PARTIAL_FILE for a body that was cut short
  bool answered = true;  // the endpoint has answered something before
};

// Whether the same request may succeed later: 5xx, throttling, time-outs, resets, refused
// connections, bodies cut short. Not: 403, 404, 412, a wrong region, a full disk.
bool IsTransient(const Failure& failure);

// Seconds to wait before the next try, or nullopt to give up: after a final failure, or
// when the wait would end later than the policy allows. `retries` counts earlier retries,
// `elapsed` the time since the first failure; `random` is uniform in [0, 1).
std::optional<double> NextDelay(const RetryPolicy& policy, const Failure& failure,
                                int64_t retries, double elapsed, double random);

// A uniform number in [0, 1), another one in every thread and forked process.
double RandomUnit();

// Told before each retry; called from several threads at once.
struct RetryNote {
  std::string operation;  // "read", "list", "write", ...; "arrow" from Arrow's client
  std::string object;     // "s3://bucket/key"; "" from Arrow's client
  std::string reason;     // "HTTP 503 SlowDown", "connection refused"
  int64_t retry = 1;      // the first retry is 1
  double delay = 0;       // seconds
};
using RetrySink = std::function<void(const RetryNote&)>;

// The same policy for arrow::fs::S3Options::retry_strategy. `sink` may be empty.
std::shared_ptr<arrow::fs::S3RetryStrategy> MakeArrowRetryStrategy(RetryPolicy policy,
                                                                   RetrySink sink);

}  // namespace pomona::store::s3
