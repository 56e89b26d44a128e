// SPDX-License-Identifier: Apache-2.0
// Records a run's events: passes them on to the user's sink at once and keeps them in
// segments at the destination (an object store cannot append).
#pragma once

#include <chrono>
#include <mutex>
#include <string>

#include "pomona/base/event.h"
#include "pomona/base/status.h"
#include "pomona/store/byte_store.h"

namespace pomona::job {

// Thread-safe.
class EventRecorder : public EventSink {
 public:
  // Segments go on after those that `store` holds. `forward` may be null.
  static Result<std::unique_ptr<EventRecorder>> Make(store::ByteStore* store,
                                                     EventSink* forward);

  // Adds "time" (ISO 8601, UTC) to what is kept. Progress goes to the sink alone.
  void Emit(const Event& event) override;
  void Warn(const std::string& message);
  // Writes the pending segment when it is `age` old. Called at commit points; a segment
  // that cannot be written is kept for the next try, for events never stop a run.
  void FlushIfOlder(std::chrono::seconds age);

 private:
  EventRecorder(store::ByteStore* store, EventSink* forward, int64_t segment);

  store::ByteStore* store_;
  EventSink* forward_;
  std::mutex mutex_;
  int64_t segment_;
  std::string pending_;
  std::chrono::steady_clock::time_point oldest_;
};

// Now, as ISO 8601 in UTC with milliseconds.
std::string UtcNow();

}  // namespace pomona::job
