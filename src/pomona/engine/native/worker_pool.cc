// SPDX-License-Identifier: Apache-2.0
#include "pomona/engine/native/worker_pool.h"

namespace pomona::engine::native {
namespace {

constexpr int kSpins = 4000;  // some tens of microseconds

inline void Pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

// True once `done` holds, false if it does not within a moment.
template <class Done>
bool SpinUntil(const Done& done) {
  for (int i = 0; i < kSpins; ++i) {
    if (done()) return true;
    Pause();
  }
  return false;
}

}  // namespace

WorkerPool::WorkerPool(int threads) {
  for (int worker = 1; worker < threads; ++worker) {
    threads_.emplace_back([this, worker] { Loop(worker); });
  }
}

WorkerPool::~WorkerPool() {
  {
    const std::lock_guard lock(mutex_);
    round_.store(-1);
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void WorkerPool::Share(const Work& work, int64_t items, int worker) {
  for (int64_t item = next_.fetch_add(1); item < items; item = next_.fetch_add(1)) {
    work(item, worker);
  }
}

void WorkerPool::Loop(int worker) {
  int64_t seen = 0;
  while (true) {
    const auto begun = [&] { return round_.load() != seen; };
    if (!SpinUntil(begun)) {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, begun);
    }
    seen = round_.load();
    if (seen < 0) return;
    Share(*work_, items_, worker);
    if (running_.fetch_sub(1) == 1) {
      {
        const std::lock_guard lock(mutex_);
      }  // Run is either spinning or waiting
      changed_.notify_all();
    }
  }
}

void WorkerPool::Run(int64_t items, const Work& work) {
  if (threads_.empty() || items <= 1) {
    for (int64_t item = 0; item < items; ++item) work(item, 0);
    return;
  }
  work_ = &work;
  items_ = items;
  next_.store(0);
  running_.store(static_cast<int>(threads_.size()));
  {
    const std::lock_guard lock(mutex_);
    round_.fetch_add(1);
  }
  changed_.notify_all();
  Share(work, items, 0);
  const auto ended = [this] { return running_.load() == 0; };
  if (SpinUntil(ended)) return;
  std::unique_lock lock(mutex_);
  changed_.wait(lock, ended);
}

}  // namespace pomona::engine::native
