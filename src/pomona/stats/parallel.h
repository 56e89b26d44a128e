// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>

#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

namespace pomona::stats::internal {

// body(i) for i in [0, n), in the calling thread's arena. While it waits it picks up no
// unrelated work of the caller's pipeline. The two atomics say again what TBB promises
// (the caller's writes are seen by bodies, theirs by the caller): the thread sanitizer
// cannot see into TBB's library.
template <typename Body>
void ParallelFor(int64_t n, const Body& body) {
  std::atomic<bool> begun{false};
  std::atomic<int64_t> done{0};
  const auto run = [&begun, &done, &body](int64_t i) {
    begun.load(std::memory_order_acquire);
    body(i);
    done.fetch_add(1, std::memory_order_release);
  };
  begun.store(true, std::memory_order_release);
  tbb::this_task_arena::isolate([&] { tbb::parallel_for(int64_t{0}, n, run); });
  done.load(std::memory_order_acquire);
}

}  // namespace pomona::stats::internal
