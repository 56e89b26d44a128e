// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace pomona::engine::native {

// A fixed number of threads that share the items of one loop: the caller and threads - 1
// of its own. A layer of one picture takes well under a millisecond, so workers spin for
// a moment before they sleep.
class WorkerPool {
 public:
  // `work(item, worker)`, worker 0 to threads - 1: for scratch memory.
  using Work = std::function<void(int64_t item, int worker)>;

  explicit WorkerPool(int threads);
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  int threads() const { return static_cast<int>(threads_.size()) + 1; }
  // Calls `work` for items 0 to items - 1 in any order and returns when all are done. One
  // call at a time; `work` must not throw.
  void Run(int64_t items, const Work& work);

 private:
  void Loop(int worker);
  void Share(const Work& work, int64_t items, int worker);

  std::mutex mutex_;
  std::condition_variable changed_;
  const Work* work_ = nullptr;  // of the loop under way; written before round_
  int64_t items_ = 0;
  std::atomic<int64_t> round_ = 0;  // loops begun; -1: stop
  std::atomic<int64_t> next_ = 0;   // item to take
  std::atomic<int> running_ = 0;    // workers that have not finished the loop
  std::vector<std::thread> threads_;
};

}  // namespace pomona::engine::native
