// SPDX-License-Identifier: Apache-2.0
#include "machine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pomona::cli {
namespace {

TEST(Machine, MemoryLimitsOfBothCgroupVersions) {
  EXPECT_EQ(ParseMemoryLimit("1073741824\n"), 1073741824);
  EXPECT_EQ(ParseMemoryLimit("max\n"), std::nullopt);
  EXPECT_EQ(ParseMemoryLimit("9223372036854771712\n"), std::nullopt);
  EXPECT_EQ(ParseMemoryLimit(""), std::nullopt);
}

TEST(Machine, CpuQuota) {
  EXPECT_EQ(ParseCpuLimit("150000 100000\n"), 1.5);
  EXPECT_EQ(ParseCpuLimit("max 100000\n"), std::nullopt);
  EXPECT_EQ(ParseCpuLimit("100000"), std::nullopt);
  EXPECT_EQ(ParseCpuLimit("100000 0"), std::nullopt);
}

TEST(Machine, BusySecondsAreThoseThatWereNotIdle) {
  const std::string all =
      "cpu  100 20 30 9000 800 4 5 41 70 0\ncpu0 1 2 3 4 5 6 7 8 0 0\n";
  EXPECT_EQ(ParseBusySeconds(all, 100), 2.0);
  EXPECT_EQ(ParseBusySeconds("cpu 1 2 3", 100), std::nullopt);
  EXPECT_EQ(ParseBusySeconds("intr 1 2 3 4 5 6 7 8", 100), std::nullopt);
  EXPECT_EQ(ParseBusySeconds("", 100), std::nullopt);
}

TEST(Machine, FindsEveryCopyOfALibraryOnce) {
  const std::string maps =
      "7f00-7f01 r--p 0 08:01 1 /a/libtbb.so.12\n"
      "7f01-7f02 r-xp 0 08:01 1 /a/libtbb.so.12\n"
      "7f02-7f03 r-xp 0 08:01 2 /b/libtbb.so.12.8\n"
      "7f03-7f04 r-xp 0 08:01 3 /a/libtbbmalloc.so.2\n"
      "7f04-7f05 rw-p 0 00:00 0 [heap]\n";
  EXPECT_THAT(MappedLibraries(maps, "libtbb"),
              testing::ElementsAre("/a/libtbb.so.12", "/b/libtbb.so.12.8"));
}

TEST(Machine, SaysSomethingAboutThisOne) {
  EXPECT_GE(AffinityCores(), 1);
  EXPECT_GT(UsableMemory(), 1 << 20);
}

TEST(Machine, LooksAtTheNearestFolderThatExists) {
  const std::string temp = testing::TempDir();
  const FolderState state = LookAtFolder(temp + "/no/such/folder");
  EXPECT_TRUE(state.writable);
  EXPECT_GT(state.free_bytes, 0);
  EXPECT_FALSE(LookAtFolder("/proc/no/such").writable);
}

}  // namespace
}  // namespace pomona::cli
