// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <utility>

#include <arrow/filesystem/s3fs.h>

#include "pomona/store/s3/retry.h"

namespace pomona::store::s3 {
namespace {

using Clock = std::chrono::steady_clock;

// The AWS SDK tells neither which request it asks about nor when that began, but retries
// a request in the thread that sent it: the time of a request's first failure is kept by
// thread.
class ArrowRetryStrategy : public arrow::fs::S3RetryStrategy {
 public:
  ArrowRetryStrategy(RetryPolicy policy, RetrySink sink)
      : policy_(policy), sink_(std::move(sink)) {}

  bool ShouldRetry(const AWSErrorDetail& error, int64_t attempted_retries) override {
    const auto failure = ToFailure(error);
    const double elapsed = Elapsed(attempted_retries);
    // With no jitter at all: when even an immediate retry would come too late, give up.
    return NextDelay(policy_, failure, attempted_retries, elapsed, 0).has_value();
  }

  int64_t CalculateDelayBeforeNextRetry(const AWSErrorDetail& error,
                                        int64_t attempted_retries) override {
    RetryPolicy endless = policy_;
    endless.give_up = endless.give_up_unknown = 1e300;
    const double delay =
        NextDelay(endless, ToFailure(error), attempted_retries, 0, RandomUnit())
            .value_or(0);
    if (sink_) {
      sink_({"arrow", "", Reason(error), attempted_retries + 1, delay});
    }
    return static_cast<int64_t>(delay * 1000);
  }

 private:
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

  // Seconds since the first failure of this thread's request.
  double Elapsed(int64_t attempted_retries) {
    const auto now = Clock::now();
    std::lock_guard<std::mutex> lock(mutex_);
    const auto [entry, added] =
        first_failure_.try_emplace(std::this_thread::get_id(), now);
    if (attempted_retries == 0) entry->second = now;
    return std::chrono::duration<double>(now - entry->second).count();
  }

  const RetryPolicy policy_;
  const RetrySink sink_;
  std::mutex mutex_;
  std::unordered_map<std::thread::id, Clock::time_point> first_failure_;
};

}  // namespace

std::shared_ptr<arrow::fs::S3RetryStrategy> MakeArrowRetryStrategy(RetryPolicy policy,
                                                                   RetrySink sink) {
  return std::make_shared<ArrowRetryStrategy>(policy, std::move(sink));
}

}  // namespace pomona::store::s3
