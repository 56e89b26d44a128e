// SPDX-License-Identifier: Apache-2.0
#include "child.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace pomona::cli {
namespace {

constexpr int kCannotExec = 127;

// NAME=VALUE of this process with `extra` in place of its own.
std::vector<std::string> MergedEnvironment(const Child::Environment& extra) {
  std::vector<std::string> merged;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    const std::string name = text.substr(0, text.find('='));
    bool replaced = false;
    for (const auto& [key, value] : extra) replaced = replaced || key == name;
    if (!replaced) merged.push_back(text);
  }
  for (const auto& [key, value] : extra) merged.push_back(key + "=" + value);
  return merged;
}

std::vector<char*> Pointers(std::vector<std::string>* texts) {
  std::vector<char*> pointers;
  for (auto& text : *texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

// Between fork and exec: nothing that takes a lock or memory.
[[noreturn]] void Become(char* const* arguments, char* const* environment, int output,
                         int errors, pid_t parent) {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (getppid() != parent) _exit(kCannotExec);  // it died before the line above
  const int nothing = open("/dev/null", O_RDONLY);
  dup2(nothing, STDIN_FILENO);
  dup2(output, STDOUT_FILENO);
  if (errors >= 0) dup2(errors, STDERR_FILENO);
  for (const int signal : {SIGINT, SIGTERM, SIGPIPE}) ::signal(signal, SIG_DFL);
  execvpe(arguments[0], arguments, environment);
  _exit(kCannotExec);
}

Status SystemError(const std::string& what) {
  return Status::IOError(what, ": ", std::strerror(errno));
}

}  // namespace

Result<Child> Child::Start(const std::vector<std::string>& command,
                           const Environment& extra, const std::string& errors) {
  std::vector<std::string> words = command;
  std::vector<std::string> environment = MergedEnvironment(extra);
  const auto arguments = Pointers(&words);
  const auto variables = Pointers(&environment);
  int log = -1;
  if (!errors.empty()) {
    log = open(errors.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (log < 0) return SystemError("cannot write to " + errors);
  }
  std::array<int, 2> pipe{-1, -1};
  if (pipe2(pipe.data(), O_CLOEXEC) != 0) {
    if (log >= 0) close(log);
    return SystemError("cannot make a pipe");
  }
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid == 0) Become(arguments.data(), variables.data(), pipe[1], log, parent);
  close(pipe[1]);
  if (log >= 0) close(log);
  if (pid < 0) {
    close(pipe[0]);
    return SystemError("cannot start " + command.front());
  }
  setpgid(pid, pid);  // here too: whoever comes first
  return Child(pid, pipe[0]);
}

Child::Child(Child&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), output_(std::exchange(other.output_, -1)) {}

Child::~Child() {
  if (pid_ > 0) {
    kill(-pid_, SIGKILL);
    Wait();
  }
  if (output_ >= 0) close(output_);
}

void Child::ReadLines(const std::function<void(const std::string&)>& line) const {
  std::string pending;
  std::array<char, 4096> buffer{};
  while (true) {
    const ssize_t n = read(output_, buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    pending.append(buffer.data(), static_cast<size_t>(n));
    size_t begin = 0;
    for (size_t end; (end = pending.find('\n', begin)) != std::string::npos;
         begin = end + 1) {
      line(pending.substr(begin, end - begin));
    }
    pending.erase(0, begin);
  }
  if (!pending.empty()) line(pending);
}

int Child::Wait() {
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace pomona::cli
