// SPDX-License-Identifier: Apache-2.0
#include "interrupt.h"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>

namespace pomona::cli {
namespace {

constexpr std::array<int, 2> kSignals = {SIGINT, SIGTERM};
constexpr unsigned char kEnd = 0;

// A handler has no other way to know where to write. Handlers, not a blocked mask with
// sigwait: libraries start threads when they are loaded, before anything could be
// blocked.
std::atomic<int> write_end{-1};

void Handle(int signal) {
  const int error = errno;
  const auto byte = static_cast<unsigned char>(signal);
  [[maybe_unused]] const auto written = write(write_end, &byte, 1);
  errno = error;
}

}  // namespace

Interrupt::Interrupt() {
  if (pipe2(pipe_.data(), O_CLOEXEC) != 0) return;  // then signals do what they always do
  write_end = pipe_[1];
  thread_ = std::thread([this] { Watch(); });
  struct sigaction action{};
  action.sa_handler = Handle;
  action.sa_flags = SA_RESTART;
  for (size_t i = 0; i < kSignals.size(); ++i)
    sigaction(kSignals[i], &action, &before_[i]);
}

Interrupt::~Interrupt() {
  if (!thread_.joinable()) return;
  for (size_t i = 0; i < kSignals.size(); ++i) {
    sigaction(kSignals[i], &before_[i], nullptr);
  }
  [[maybe_unused]] const auto written = write(pipe_[1], &kEnd, 1);
  thread_.join();
  write_end = -1;
  for (int end : pipe_) close(end);
}

void Interrupt::Watch() {
  while (true) {
    unsigned char byte = kEnd;
    const auto got = read(pipe_[0], &byte, 1);
    if (got < 0 && errno == EINTR) continue;
    if (got != 1 || byte == kEnd) return;
    if (source_.stop_requested()) {
      ::signal(byte, SIG_DFL);
      kill(getpid(), byte);
      return;
    }
    std::fputs("\nstopping; what is written stays (once more to stop at once)\n", stderr);
    source_.request_stop();
  }
}

}  // namespace pomona::cli
