// SPDX-License-Identifier: Apache-2.0
#include "pomona/job/retry_log.h"

namespace pomona::job {
namespace {

constexpr auto kTellEvery = std::chrono::seconds(5);

}  // namespace

void RetryLog::State::Tell() {
  const auto now = std::chrono::steady_clock::now();
  if (events == nullptr || told == count) return;
  if (told > 0 && now - when < kTellEvery) return;
  told = count;
  when = now;
  events->Emit({"s3_retries",
                {{"count", count},
                 {"operation", last.operation},
                 {"object", last.object},
                 {"reason", last.reason}}});
}

store::s3::RetrySink RetryLog::MakeSink() const {
  return [state = state_](const store::s3::RetryNote& note) {
    const std::lock_guard lock(state->mutex);
    ++state->count;
    state->last = note;
    state->Tell();
  };
}

void RetryLog::Add(int64_t count, const std::string& host) {
  if (count <= 0) return;
  const std::lock_guard lock(state_->mutex);
  state_->count += count;
  state_->last.operation = "compute";
  state_->last.object = "on worker " + host;
  state_->last.reason = "S3 requests there: " + std::to_string(count);
  state_->Tell();
}

void RetryLog::SendTo(EventSink* events) {
  const std::lock_guard lock(state_->mutex);
  state_->events = events;
  state_->Tell();
}

int64_t RetryLog::count() const {
  const std::lock_guard lock(state_->mutex);
  return state_->count;
}

}  // namespace pomona::job
