// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "pomona/base/status.h"

namespace pomona::cli {

// A program that runs beside this one: in a process group of its own, so that Ctrl-C
// reaches it only as its caller passes it on; ended (SIGTERM) when this process dies. Its
// standard input is empty, its standard error goes to a file.
class Child {
 public:
  using Environment = std::vector<std::pair<std::string, std::string>>;

  // `errors`: the file of its standard error, appended to; "" is this program's own.
  // IOError when the program cannot be started.
  static Result<Child> Start(const std::vector<std::string>& command,
                             const Environment& extra, const std::string& errors);
  Child(Child&& other) noexcept;
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  // Kills what still runs.
  ~Child();

  // Calls `line` with every line of its standard output (without the newline) until the
  // end of it.
  void ReadLines(const std::function<void(const std::string&)>& line) const;
  // Its exit code, or 128 + the signal that ended it.
  int Wait();
  pid_t pid() const { return pid_; }

 private:
  Child(pid_t pid, int output) : pid_(pid), output_(output) {}

  pid_t pid_ = -1;
  int output_ = -1;
};

}  // namespace pomona::cli
