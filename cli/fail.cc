// SPDX-License-Identifier: Apache-2.0
#include "fail.h"

#include <cstdio>
#include <sstream>

#include "text.h"

namespace pomona::cli {
namespace {

constexpr std::string_view kHint = "hint: ";

// A message that has "; hint: " inside a line gets the hint on a line of its own.
std::string HintsOnLines(std::string message) {
  const std::string inside = "; " + std::string(kHint);
  for (size_t at; (at = message.find(inside)) != std::string::npos;) {
    message.replace(at, 2, "\n");
  }
  return message;
}

}  // namespace

std::string ErrorText(const Status& status) {
  std::istringstream lines(HintsOnLines(status.message()));
  std::string text;
  for (std::string line; std::getline(lines, line);) {
    if (text.empty()) {
      text = "error: " + Printable(line) + "\n";
    } else if (line.starts_with(kHint)) {
      text += Printable(line) + "\n";
    } else {
      text += "  " + Printable(line) + "\n";
    }
  }
  return text.empty() ? "error: " + status.CodeAsString() + "\n" : text;
}

int Fail(const Status& status, int code) {
  std::fputs(ErrorText(status).c_str(), stderr);
  return code;
}

}  // namespace pomona::cli
