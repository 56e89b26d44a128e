// SPDX-License-Identifier: Apache-2.0
#include "pomona/base/fault.h"

#ifdef POMONA_FAULT_HOOKS

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <charconv>
#include <cstdlib>
#include <string>

namespace pomona {
namespace {

struct Target {
  std::string name;
  int passing = 1;
};

Target ParseTarget(const char* text) {
  Target target;
  if (text == nullptr) return target;
  target.name = text;
  if (auto hash = target.name.rfind('#'); hash != std::string::npos) {
    const char* end = target.name.data() + target.name.size();
    std::from_chars(target.name.data() + hash + 1, end, target.passing);
    target.name.resize(hash);
  }
  return target;
}

void Record(std::string_view name) {
  const char* file = std::getenv("POMONA_LIST_POINTS");
  if (file == nullptr) return;
  int fd = open(file, O_WRONLY | O_CREAT | O_APPEND, 0644);
  if (fd < 0) return;
  std::string line = std::string(name) + "\n";
  [[maybe_unused]] auto n = write(fd, line.data(), line.size());
  close(fd);
}

}  // namespace

void FaultPoint(std::string_view name) {
  static const Target target = ParseTarget(std::getenv("POMONA_KILL_AT"));
  static std::atomic<int> passed{0};
  Record(name);
  if (name == target.name && ++passed == target.passing) kill(getpid(), SIGKILL);
}

bool HasFaultHooks() { return true; }

}  // namespace pomona

#else

namespace pomona {

void FaultPoint(std::string_view) {}
bool HasFaultHooks() { return false; }

}  // namespace pomona

#endif
