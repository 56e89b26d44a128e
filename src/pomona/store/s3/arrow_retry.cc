// SPDX-License-Identifier: Apache-2.0
#include <mutex>
#include <optional>
#include <thread>
#include <unordered_map>
#include <utility>

#include <arrow/filesystem/s3fs.h>

#include "pomona/base/clock.h"
#include "pomona/store/s3/retry.h"

namespace pomona::store::s3 {
namespace {

// The AWS SDK tells neither which request it asks about nor when that began, but retries
// a request in the thread that sent it: what is known of a request is kept by thread. It
// asks for the delay first, also of errors that it then does not retry.
class ArrowRetryStrategy : public arrow::fs::S3RetryStrategy {
 public:
  ArrowRetryStrategy(RetryPolicy policy, RetrySink sink)
      : policy_(policy), sink_(std::move(sink)) {}

  int64_t CalculateDelayBeforeNextRetry(const AWSErrorDetail& error,
                                        int64_t attempted_retries) override {
    RetryPolicy endless = policy_;
    endless.give_up = endless.give_up_unknown = 1e300;
    const auto delay =
        NextDelay(endless, ToFailure(error), attempted_retries, 0, RandomUnit());
    Remember(attempted_retries, delay.value_or(0));
    return static_cast<int64_t>(delay.value_or(0) * 1000);
  }

  bool ShouldRetry(const AWSErrorDetail& error, int64_t attempted_retries) override {
    const Request request = Remember(attempted_retries, std::nullopt);
    const std::chrono::duration<double> elapsed = Clock::now() - request.first_failure;
    if (!IsTransient(ToFailure(error)) ||
        elapsed.count() + request.delay > policy_.give_up) {
      return false;
    }
    if (sink_) sink_({"arrow", "", Reason(error), attempted_retries + 1, request.delay});
    return true;
  }

 private:
  struct Request {
    Clock::time_point first_failure;
    double delay = 0;  // before the next try
  };

  // The SDK's own verdict knows the HTTP status and what curl said; its list of codes is
  // shorter than ours.
  static Failure ToFailure(const AWSErrorDetail& error) {
    Failure failure;
    failure.s3_code = error.exception_name;
    failure.http_status = error.should_retry ? 500 : 400;
    return failure;
  }

  static std::string Reason(const AWSErrorDetail& error) {
    return error.exception_name.empty() ? error.message : error.exception_name;
  }

  // The request of this thread, with a new delay where one is given.
  Request Remember(int64_t attempted_retries, std::optional<double> delay) {
    std::lock_guard<std::mutex> lock(mutex_);
    const auto [entry, added] = requests_.try_emplace(std::this_thread::get_id());
    Request& request = entry->second;
    if (added || attempted_retries == 0) request.first_failure = Clock::now();
    if (delay.has_value()) request.delay = *delay;
    return request;
  }

  const RetryPolicy policy_;
  const RetrySink sink_;
  std::mutex mutex_;
  std::unordered_map<std::thread::id, Request> requests_;
};

}  // namespace

std::shared_ptr<arrow::fs::S3RetryStrategy> MakeArrowRetryStrategy(RetryPolicy policy,
                                                                   RetrySink sink) {
  return std::make_shared<ArrowRetryStrategy>(policy, std::move(sink));
}

}  // namespace pomona::store::s3
