// SPDX-License-Identifier: Apache-2.0
#include "pomona/store/local_store.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "pomona/base/fault.h"

#include "tests/contract/byte_store_contract.h"
#include "tests/contract/live_s3.h"
#include "tests/contract/temp_folder.h"

#ifdef __SANITIZE_THREAD__
// Tests take root's rights away in child processes, which then read through threads.
extern "C" const char* __tsan_default_options() { return "die_after_fork=0"; }
#endif

namespace pomona::store {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

// The folder lives until the program ends; each store has its own below it.
std::shared_ptr<ByteStore> NewLocalStore() {
  static TempFolder folder;
  static int n = 0;
  return OpenByteStore(folder / ("not yet/" + std::to_string(n++) + "/")).ValueOrDie();
}

INSTANTIATE_TEST_SUITE_P(Local, ByteStoreContract, testing::Values(NewLocalStore));
INSTANTIATE_TEST_SUITE_P(Memory, ByteStoreContract, testing::Values(MakeMemoryStore));
INSTANTIATE_TEST_SUITE_P(LiveS3, ByteStoreContract, testing::ValuesIn(LiveS3Stores()));

TEST(LocalStore, UriIsWhatTheUserWrote) {
  EXPECT_EQ(OpenByteStore("out/").ValueOrDie()->uri(), "out/");
  EXPECT_TRUE(OpenByteStore("").status().IsInvalid());
  auto gs = OpenByteStore("gs://bucket/x").status();
  EXPECT_TRUE(gs.IsNotImplemented());
  EXPECT_THAT(gs.message(), HasSubstr("gs://bucket/x"));
}

TEST(LocalStore, TemporaryNamesAreTold) {
  EXPECT_EQ(TemporaryName("part-0.csv", 12, 3), ".part-0.csv.pomona-tmp-12-3");
  EXPECT_TRUE(IsTemporaryName(".part-0.csv.pomona-tmp-12-3"));
  for (const char* name : {"part-0.csv", ".x", ".x.pomona-tmp-", ".x.pomona-tmp-1",
                           ".x.pomona-tmp-1-", ".x.pomona-tmp--1", "x.pomona-tmp-1-2",
                           ".x.pomona-tmp-1-2.parquet", "", ".pomona-tmp-1-2"}) {
    EXPECT_FALSE(IsTemporaryName(name)) << name;
  }
}

TEST(LocalStore, UnfinishedFilesOfADeadRunGoWithTheNextLease) {
  TempFolder folder;
  auto store = OpenByteStore(folder.path()).ValueOrDie();
  const pid_t child = fork();
  if (child == 0) {
    auto lease = store->Acquire({"h", getpid(), "then"}).ValueOrDie();
    auto file = store->Create("features/part").ValueOrDie();
    [[maybe_unused]] auto status = file->stream()->Write("half");
    kill(getpid(), SIGKILL);
  }
  waitpid(child, nullptr, 0);
  const auto count = [&] {
    return std::distance(fs::recursive_directory_iterator(folder.path()), {});
  };
  EXPECT_EQ(count(), 3);  // lock, folder, unfinished file
  EXPECT_TRUE(store->List("").ValueOrDie().empty());
  auto lease = store->Acquire({"h", getpid(), "now"});
  ASSERT_TRUE(lease.ok()) << lease.status();
  EXPECT_EQ(count(), 2);
  lease->reset();
  EXPECT_EQ(count(), 1);  // a lease given up leaves no file
}

TEST(LocalStore, AFileWhereAFolderIsNeeded) {
  TempFolder folder;
  folder.Write("out", "a file");
  auto store = OpenByteStore(folder / "out").ValueOrDie();
  for (const Status& status :
       {store->Put("plan.json", "x"), store->Acquire({}).status()}) {
    EXPECT_TRUE(status.IsIOError());
    EXPECT_THAT(status.message(), HasSubstr("/out'"));
    EXPECT_THAT(status.message(), HasSubstr("a file stands where a folder is needed"));
  }
  auto above = OpenByteStore(folder / "out/deeper").ValueOrDie();
  EXPECT_THAT(above->Put("plan.json", "x").message(),
              HasSubstr("a file stands where a folder is needed"));
}

TEST(LocalStore, AFolderWhereAFileIsNeeded) {
  TempFolder folder;
  fs::create_directories(folder / "plan.json/x");
  auto store = OpenByteStore(folder.path()).ValueOrDie();
  EXPECT_THAT(store->Put("plan.json", "x").message(), HasSubstr("a folder"));
  EXPECT_TRUE(store->Read("plan.json").status().IsIOError());
  EXPECT_FALSE(store->Exists("plan.json").ValueOrDie());
}

TEST(LocalStore, ADestinationThatMayNotBeWritten) {
  TempFolder folder;
  fs::create_directories(folder / "out");
  fs::permissions(folder / "out", fs::perms::owner_read | fs::perms::owner_exec);
  auto store = OpenByteStore(folder / "out").ValueOrDie();
  const std::string message = AsAnotherUser(
      folder.path(), [&] { return store->Put("plan.json", "x").message(); });
  EXPECT_THAT(message, HasSubstr("/out/plan.json'"));
  EXPECT_THAT(message, HasSubstr("Permission denied"));
  EXPECT_THAT(message, HasSubstr("grant this user the right"));
}

TEST(LocalStore, AFullDiskSaysWhereAndHowMuchAndLeavesNothing) {
  TempFolder folder;
  if (mount("tmpfs", folder.path().c_str(), "tmpfs", 0, "size=64k") != 0) {
    GTEST_SKIP() << "needs the right to mount a tmpfs";
  }
  {
    auto store = OpenByteStore(folder.path()).ValueOrDie();
    EXPECT_TRUE(store->Put("small", "x").ok());
    const Status status = store->Put("big", std::string(200'000, 'x'));
    EXPECT_TRUE(status.IsIOError());
    EXPECT_THAT(status.message(), HasSubstr("/big'"));
    EXPECT_THAT(status.message(), HasSubstr("bytes"));
    EXPECT_THAT(status.message(), HasSubstr("No space left on device; free space"));
    EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), {}), 1);
    EXPECT_TRUE(store->Put("small again", "x").ok());
  }
  umount(folder.path().c_str());
}

// Run by the test below in a process of its own, which dies at a commit point.
TEST(LocalStore, DISABLED_PutOneFile) {
  const char* root = std::getenv("POMONA_TEST_ROOT");
  ASSERT_NE(root, nullptr);
  EXPECT_TRUE(OpenByteStore(root).ValueOrDie()->Put("d/x", "whole").ok());
}

TEST(LocalStore, KilledAtACommitPointTheFileIsWholeOrNotThere) {
  if (!HasFaultHooks()) GTEST_SKIP() << "needs POMONA_FAULT_HOOKS";
  struct Case {
    const char* point;
    bool there;
  };
  for (const auto& [point, there] :
       {Case{"store.create", false}, Case{"store.written", false},
        Case{"synced:d/x", false}, Case{"renamed:d/x", true}}) {
    TempFolder folder;
    const pid_t child = fork();
    if (child == 0) {
      setenv("POMONA_KILL_AT", point, 1);
      setenv("POMONA_TEST_ROOT", folder.path().c_str(), 1);
      execl("/proc/self/exe", "self", "--gtest_filter=*DISABLED_PutOneFile",
            "--gtest_also_run_disabled_tests", "--gtest_brief=1", nullptr);
      _exit(1);
    }
    int state = 0;
    waitpid(child, &state, 0);
    EXPECT_TRUE(WIFSIGNALED(state) && WTERMSIG(state) == SIGKILL) << point;
    auto store = OpenByteStore(folder.path()).ValueOrDie();
    EXPECT_EQ(store->Exists("d/x").ValueOrDie(), there) << point;
    if (there) {
      EXPECT_EQ(store->Read("d/x").ValueOrDie()->ToString(), "whole");
    }
  }
}

}  // namespace
}  // namespace pomona::store
