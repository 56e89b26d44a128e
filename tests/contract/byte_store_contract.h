// SPDX-License-Identifier: Apache-2.0
// What every byte store does. A store's test instantiates ByteStoreContract with a
// factory of empty stores:
//   INSTANTIATE_TEST_SUITE_P(Memory, ByteStoreContract,
//   testing::Values(MakeMemoryStore));
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <arrow/buffer.h>
#include <arrow/io/interfaces.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pomona/store/byte_store.h"
#include "pomona/store/utf8.h"

namespace pomona::store {

using StoreFactory = std::function<std::shared_ptr<ByteStore>()>;

class ByteStoreContract : public testing::TestWithParam<StoreFactory> {
 protected:
  std::string ReadText(const std::string& path) {
    auto bytes = store_->Read(path);
    return bytes.ok() ? (*bytes)->ToString() : bytes.status().ToString();
  }
  std::vector<std::string> Paths(const std::string& prefix) {
    std::vector<std::string> paths;
    auto files = store_->List(prefix);
    EXPECT_TRUE(files.ok()) << files.status();
    if (!files.ok()) return paths;
    for (const auto& file : *files) paths.push_back(file.path);
    return paths;
  }
  std::shared_ptr<ByteStore> store_ = GetParam()();
};

TEST_P(ByteStoreContract, AnEmptyStoreListsNothingAndHoldsNothing) {
  EXPECT_THAT(Paths(""), testing::IsEmpty());
  EXPECT_THAT(Paths("features"), testing::IsEmpty());
  EXPECT_FALSE(store_->Exists("plan.json").ValueOrDie());
  EXPECT_TRUE(store_->Read("plan.json").status().IsKeyError());
  EXPECT_TRUE(store_->Open("a/plan.json").status().IsKeyError());
  EXPECT_TRUE(store_->Delete("plan.json").ok());
  EXPECT_TRUE(store_->DeleteTree("features").ok());
  EXPECT_TRUE(store_->DeleteTree("").ok());
}

TEST_P(ByteStoreContract, NamesAreBytes) {
  const std::vector<std::string> names = {
      "a", "a b", "a\nb", "a/b\tc.d", "caf\xC3\xA9", "caf\xE9/\xFF", "-rf", "a\\b'\"$*"};
  const bool utf8_only = store_->uri().starts_with("s3://");
  size_t stored = 0;
  for (const auto& name : names) {
    if (name == "a/b\tc.d") continue;  // 'a' is a file here
    if (utf8_only && !IsUtf8(name)) {
      EXPECT_TRUE(store_->Put(name, "x").IsInvalid()) << name;
      continue;
    }
    ++stored;
    ASSERT_TRUE(store_->Put(name, "<" + name + ">").ok()) << name;
    EXPECT_EQ(ReadText(name), "<" + name + ">");
    EXPECT_TRUE(store_->Exists(name).ValueOrDie());
  }
  EXPECT_EQ(Paths("").size(), stored);
}

TEST_P(ByteStoreContract, PathsOutsideTheRootAreRefused) {
  for (const char* path : {"", "/etc/x", "../x", "a/../x", "a//b", "a/", "./a"}) {
    EXPECT_TRUE(store_->Put(path, "x").IsInvalid()) << path;
    EXPECT_TRUE(store_->Read(path).status().IsInvalid()) << path;
  }
}

TEST_P(ByteStoreContract, NothingIsThereBeforeCommitNorWithoutIt) {
  auto file = store_->Create("d/new").ValueOrDie();
  ASSERT_TRUE(file->stream()->Write("half").ok());
  EXPECT_FALSE(store_->Exists("d/new").ValueOrDie());
  EXPECT_THAT(Paths(""), testing::IsEmpty());
  file.reset();
  EXPECT_THAT(Paths(""), testing::IsEmpty());

  file = store_->Create("d/new").ValueOrDie();
  ASSERT_TRUE(file->stream()->Write("who").ok());
  ASSERT_TRUE(file->stream()->Write("le").ok());
  EXPECT_EQ(file->stream()->Tell().ValueOrDie(), 5);
  ASSERT_TRUE(file->Commit().ok());
  EXPECT_EQ(ReadText("d/new"), "whole");
  EXPECT_FALSE(file->Commit().ok());
}

TEST_P(ByteStoreContract, ACommitReplacesWhatWasThere) {
  ASSERT_TRUE(store_->Put("x", "a long first text").ok());
  auto open = store_->Open("x").ValueOrDie();
  ASSERT_TRUE(store_->Put("x", "second").ok());
  EXPECT_EQ(ReadText("x"), "second");
  // Who reads the old file reads on.
  EXPECT_EQ(open->ReadAt(7, 5).ValueOrDie()->ToString(), "first");
}

TEST_P(ByteStoreContract, OpenReadsAnywhere) {
  ASSERT_TRUE(store_->Put("x", "0123456789").ok());
  auto file = store_->Open("x").ValueOrDie();
  EXPECT_EQ(file->GetSize().ValueOrDie(), 10);
  EXPECT_EQ(file->ReadAt(3, 4).ValueOrDie()->ToString(), "3456");
  EXPECT_EQ(file->ReadAt(8, 4).ValueOrDie()->ToString(), "89");
}

TEST_P(ByteStoreContract, ListIsSortedByBytesAndByFolder) {
  for (const char* path : {"b", "a/z", "a-b/x", "a/b/c", "a.txt", "B", "\xC3\xA4"}) {
    ASSERT_TRUE(store_->Put(path, path).ok());
  }
  EXPECT_THAT(Paths(""), testing::ElementsAre("B", "a-b/x", "a.txt", "a/b/c", "a/z", "b",
                                              "\xC3\xA4"));
  EXPECT_THAT(Paths("a"), testing::ElementsAre("a/b/c", "a/z"));
  EXPECT_THAT(Paths("a/"), testing::ElementsAre("a/b/c", "a/z"));
  EXPECT_THAT(Paths("a.txt"), testing::IsEmpty());
  auto files = store_->List("a-b").ValueOrDie();
  ASSERT_EQ(files.size(), 1U);
  EXPECT_EQ(files[0].size, 5);
}

TEST_P(ByteStoreContract, DeleteAndDeleteTree) {
  for (const char* path : {"a/x", "a/b/y", "ab/z", "c"}) {
    ASSERT_TRUE(store_->Put(path, "1").ok());
  }
  auto unfinished = store_->Create("a/unfinished").ValueOrDie();
  ASSERT_TRUE(store_->DeleteTree("a").ok());
  EXPECT_THAT(Paths(""), testing::ElementsAre("ab/z", "c"));
  ASSERT_TRUE(store_->Delete("c").ok());
  EXPECT_THAT(Paths(""), testing::ElementsAre("ab/z"));
  ASSERT_TRUE(store_->DeleteTree("").ok());
  EXPECT_THAT(Paths(""), testing::IsEmpty());
  ASSERT_TRUE(store_->Put("a/x", "2").ok());
  EXPECT_EQ(ReadText("a/x"), "2");
}

TEST_P(ByteStoreContract, OneLeaseAtATime) {
  auto first = store_->Acquire({"orchard", 41, "2026-01-02T03:04:05Z"});
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_THAT(Paths(""), testing::IsEmpty());
  auto second = store_->Acquire({"cellar", 42, "2026-01-02T03:04:06Z"});
  ASSERT_TRUE(second.status().IsAlreadyExists());
  for (const char* part : {"orchard", "41", "2026-01-02T03:04:05Z"}) {
    EXPECT_THAT(second.status().message(), testing::HasSubstr(part));
  }
  ASSERT_TRUE(store_->DeleteTree("").ok());  // does not free it
  EXPECT_TRUE(store_->Acquire({"cellar", 42, ""}).status().IsAlreadyExists());
  *first = nullptr;
  EXPECT_TRUE(store_->Acquire({"cellar", 42, ""}).ok());
}

TEST_P(ByteStoreContract, ThreadsWriteSideBySide) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 20; ++i) {
        const std::string mine = "t" + std::to_string(t) + "/" + std::to_string(i);
        EXPECT_TRUE(store_->Put(mine, mine).ok());
        EXPECT_TRUE(store_->Put("shared", std::string(1000, 'a' + t)).ok());
        EXPECT_EQ(ReadText(mine), mine);
        EXPECT_EQ(ReadText("shared").size(), 1000U);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(Paths("").size(), 81U);
}

}  // namespace pomona::store
