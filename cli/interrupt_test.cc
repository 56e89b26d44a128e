// SPDX-License-Identifier: Apache-2.0
#include "interrupt.h"

#include <unistd.h>

#include <chrono>

#include <gtest/gtest.h>

namespace pomona::cli {
namespace {

bool StopsWithin(const std::stop_token& token, std::chrono::seconds time) {
  const auto end = std::chrono::steady_clock::now() + time;
  while (!token.stop_requested() && std::chrono::steady_clock::now() < end) usleep(1000);
  return token.stop_requested();
}

TEST(Interrupt, TheFirstSignalAsksToStop) {
  for (int signal : {SIGINT, SIGTERM}) {
    Interrupt interrupt;
    EXPECT_FALSE(interrupt.token().stop_requested());
    kill(getpid(), signal);
    EXPECT_TRUE(StopsWithin(interrupt.token(), std::chrono::seconds(10)));
  }
}

TEST(InterruptDeathTest, TheSecondSignalEndsTheProcess) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        Interrupt interrupt;
        kill(getpid(), SIGINT);
        StopsWithin(interrupt.token(), std::chrono::seconds(10));
        kill(getpid(), SIGINT);
        sleep(10);
      },
      testing::KilledBySignal(SIGINT), "stopping");
}

TEST(Interrupt, LeavesSignalsAsTheyWere) {
  struct sigaction before{};
  struct sigaction after{};
  sigaction(SIGINT, nullptr, &before);
  {
    Interrupt interrupt;
  }
  sigaction(SIGINT, nullptr, &after);
  EXPECT_EQ(before.sa_handler, after.sa_handler);
}

}  // namespace
}  // namespace pomona::cli
