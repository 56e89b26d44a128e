// SPDX-License-Identifier: Apache-2.0
#include "pomona/engine/native/worker_pool.h"

#include <chrono>

#include <gtest/gtest.h>

namespace pomona::engine::native {
namespace {

TEST(WorkerPool, EveryItemIsDoneOnceInEveryLoop) {
  for (const int threads : {1, 2, 5}) {
    WorkerPool pool(threads);
    EXPECT_EQ(pool.threads(), threads);
    for (const int64_t items : {0, 1, 2, 3, 100, 1, 7}) {
      std::vector<std::atomic<int>> done(static_cast<size_t>(items));
      std::atomic<int> strangers = 0;
      pool.Run(items, [&](int64_t item, int worker) {
        done[static_cast<size_t>(item)].fetch_add(1);
        if (worker < 0 || worker >= threads) strangers.fetch_add(1);
      });
      for (const auto& d : done) EXPECT_EQ(d.load(), 1);
      EXPECT_EQ(strangers.load(), 0);
    }
  }
}

TEST(WorkerPool, ManyShortLoopsInARow) {
  WorkerPool pool(3);
  int64_t sum = 0;
  std::vector<int64_t> parts(4);
  for (int loop = 0; loop < 2'000; ++loop) {
    pool.Run(4, [&](int64_t item, int) { parts[static_cast<size_t>(item)] = item + 1; });
    for (int64_t& p : parts) {
      sum += p;
      p = 0;
    }
  }
  EXPECT_EQ(sum, 2'000 * 10);
}

TEST(WorkerPool, SleepsAndWakesAgain) {
  WorkerPool pool(2);
  std::atomic<int> done = 0;
  for (int loop = 0; loop < 5; ++loop) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    pool.Run(8, [&](int64_t, int) { done.fetch_add(1); });
  }
  EXPECT_EQ(done.load(), 40);
}

}  // namespace
}  // namespace pomona::engine::native
