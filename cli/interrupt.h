// SPDX-License-Identifier: Apache-2.0
// Ctrl-C and SIGTERM as a stop token.
#pragma once

#include <signal.h>

#include <array>
#include <stop_token>
#include <thread>

namespace pomona::cli {

// While it lives, the first SIGINT or SIGTERM asks `token` to stop (and says so on
// stderr), the second ends the process as the signal would. One at a time.
class Interrupt {
 public:
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  std::stop_token token() const { return source_.get_token(); }

 private:
  void Watch();

  std::array<int, 2> pipe_{-1, -1};
  std::array<struct sigaction, 2> before_{};
  std::stop_source source_;
  std::thread thread_;
};

}  // namespace pomona::cli
