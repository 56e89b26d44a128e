// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "pomona/base/event.h"
#include "pomona/store/s3/retry.h"

namespace pomona::job {

// Counts requests to S3 that are tried again, and tells of them while they happen: the
// event "s3_retries", at once and then every five seconds at most. Thread-safe; its sinks
// may outlive it and the events' sink.
class RetryLog {
 public:
  // What store::OpenByteStore and SourceOptions take.
  store::s3::RetrySink MakeSink() const;
  // Those of another process, which tells their number alone.
  void Add(int64_t count, const std::string& host);
  // From now on events go to `events`; nullptr: nowhere. Tells of what came before.
  void SendTo(EventSink* events);
  int64_t count() const;

 private:
  struct State {
    std::mutex mutex;
    EventSink* events = nullptr;
    int64_t count = 0;
    int64_t told = 0;
    store::s3::RetryNote last;
    std::chrono::steady_clock::time_point when;

    void Tell();  // under the mutex
  };
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

}  // namespace pomona::job
