// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>

#include <tbb/task_arena.h>

namespace pomona::job {

// The threads on which moments, merges, fits and transforms are computed. Used by one
// thread at a time.
class Compute {
 public:
  explicit Compute(int threads) : arena_(threads) {}

  // f() on these threads. The atomic says again, for the thread sanitizer, that f sees
  // what this thread wrote and this thread what f wrote (see stats/parallel.h).
  template <typename F>
  auto Run(const F& f) {
    std::atomic<int> turn{0};
    turn.store(1, std::memory_order_release);
    auto result = arena_.execute([&] {
      (void)turn.load(std::memory_order_acquire);
      auto value = f();
      turn.fetch_add(1, std::memory_order_release);
      return value;
    });
    (void)turn.load(std::memory_order_acquire);
    return result;
  }

 private:
  tbb::task_arena arena_;
};

}  // namespace pomona::job
