// SPDX-License-Identifier: Apache-2.0
// Events: what a run tells about itself. The library never prints; it hands events to a
// sink, and the program turns them into a progress bar, a line, JSON or a file.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace pomona {

using EventValue = std::variant<bool, int64_t, double, std::string>;

// One thing that happened. `kind` is a word of docs/formats.md ("shard_done"); fields
// keep their order.
struct Event {
  std::string kind;
  std::vector<std::pair<std::string, EventValue>> fields;
};

// One line of JSON without the newline: {"event":"shard_done","shard":3}. Strings that
// are not UTF-8 are written with replacement characters, never dropped.
std::string ToJsonLine(const Event& event);

// Where events go. Emit may be called from several threads at once.
class EventSink {
 public:
  virtual ~EventSink() = default;
  virtual void Emit(const Event& event) = 0;
};

}  // namespace pomona
