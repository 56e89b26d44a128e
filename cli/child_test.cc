// SPDX-License-Identifier: Apache-2.0
#include "child.h"

#include <signal.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/contract/temp_folder.h"

namespace pomona::cli {
namespace {

using testing::ElementsAre;

struct Ended {
  std::vector<std::string> lines;
  int code = -1;
};

Ended RunShell(const std::string& script, const Child::Environment& extra = {},
               const std::string& errors = "") {
  auto child = Child::Start({"sh", "-c", script}, extra, errors);
  EXPECT_TRUE(child.ok()) << child.status();
  Ended ended;
  child->ReadLines([&](const std::string& line) { ended.lines.push_back(line); });
  ended.code = child->Wait();
  return ended;
}

TEST(Child, LinesErrorsAndExitCode) {
  const TempFolder folder;
  const Ended ended =
      RunShell("echo one; echo; printf 'two $A'; echo wrong >&2; read x || exit 3",
               {{"A", "value"}}, folder / "log");
  EXPECT_THAT(ended.lines, ElementsAre("one", "", "two $A"));
  EXPECT_EQ(ended.code, 3);
  std::ostringstream log;
  log << std::ifstream(folder / "log").rdbuf();
  EXPECT_EQ(log.str(), "wrong\n");
}

TEST(Child, EnvironmentIsReplaced) {
  setenv("POMONA_CHILD_TEST", "before", 1);
  EXPECT_THAT(RunShell("echo $POMONA_CHILD_TEST").lines, ElementsAre("before"));
  EXPECT_THAT(RunShell("echo $POMONA_CHILD_TEST", {{"POMONA_CHILD_TEST", "after"}}).lines,
              ElementsAre("after"));
}

TEST(Child, SignalsAndMissingPrograms) {
  EXPECT_EQ(RunShell("kill -9 $$").code, 128 + SIGKILL);
  auto child = Child::Start({"no-such-program"}, {}, "");
  ASSERT_TRUE(child.ok());
  EXPECT_EQ(child->Wait(), 127);
  EXPECT_TRUE(Child::Start({"sh"}, {}, "/nowhere/log").status().IsIOError());
}

TEST(Child, WhatStillRunsIsKilled) {
  pid_t pid = -1;
  {
    auto child = Child::Start({"sleep", "100"}, {}, "");
    ASSERT_TRUE(child.ok());
    pid = child->pid();
    EXPECT_EQ(kill(pid, 0), 0);
  }
  EXPECT_NE(kill(pid, 0), 0);
}

}  // namespace
}  // namespace pomona::cli
