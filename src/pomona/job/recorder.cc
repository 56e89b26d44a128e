// SPDX-License-Identifier: Apache-2.0
#include "pomona/job/recorder.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>

#include "pomona/base/clock.h"
#include "pomona/job/layout.h"

namespace pomona::job {

std::string UtcNow() {
  const auto now = std::chrono::system_clock::now();
  const auto ms =
      std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch())
          .count();
  const std::time_t seconds = static_cast<std::time_t>(ms / 1000);
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  std::array<char, 64> text{};
  const size_t n = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &utc);
  std::snprintf(text.data() + n, text.size() - n, ".%03dZ", static_cast<int>(ms % 1000));
  return text.data();
}

Result<std::unique_ptr<EventRecorder>> EventRecorder::Make(store::ByteStore* store,
                                                           EventSink* forward) {
  ARROW_ASSIGN_OR_RAISE(auto files, store->List("events"));
  int64_t next = 0;
  for (const auto& file : files) {
    // "events/0012.jsonl"; other names are not ours and do not count.
    const std::string digits = file.path.substr(std::min<size_t>(7, file.path.size()));
    next = std::max<int64_t>(next, std::atoll(digits.c_str()) + 1);
  }
  return std::unique_ptr<EventRecorder>(new EventRecorder(store, forward, next));
}

EventRecorder::EventRecorder(store::ByteStore* store, EventSink* forward, int64_t segment)
    : store_(store), forward_(forward), segment_(segment) {}

void EventRecorder::Emit(const Event& event) {
  if (forward_ != nullptr) forward_->Emit(event);
  if (event.kind.ends_with("_progress")) return;
  Event kept = event;
  kept.fields.insert(kept.fields.begin(), {"time", UtcNow()});
  const std::string line = ToJsonLine(kept) + "\n";
  std::lock_guard lock(mutex_);
  if (pending_.empty()) oldest_ = Clock::now();
  pending_ += line;
}

void EventRecorder::Warn(const std::string& message) {
  Emit({"warning", {{"message", message}}});
}

void EventRecorder::FlushIfOlder(std::chrono::seconds age) {
  std::lock_guard lock(mutex_);
  if (pending_.empty() || Clock::now() - oldest_ < age) return;
  if (!store_->Put(EventsFile(segment_), pending_).ok()) return;
  ++segment_;
  pending_.clear();
}

}  // namespace pomona::job
