// SPDX-License-Identifier: Apache-2.0
#include "pomona/job/ledger.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pomona/base/reject.h"
#include "pomona/job/layout.h"

#include "tests/contract/job_fixtures.h"

namespace pomona::job {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

// A store that notes what is removed, in order.
class NotingStore : public store::ByteStore {
 public:
  std::vector<std::string> removed;

  std::string uri() const override { return below_->uri(); }
  Result<std::shared_ptr<arrow::Buffer>> Read(const std::string& path) override {
    return below_->Read(path);
  }
  Result<std::shared_ptr<arrow::io::RandomAccessFile>> Open(
      const std::string& path) override {
    return below_->Open(path);
  }
  Result<std::unique_ptr<store::AtomicFile>> Create(const std::string& path) override {
    return below_->Create(path);
  }
  Result<bool> Exists(const std::string& path) override { return below_->Exists(path); }
  Result<std::vector<store::StoredFile>> List(const std::string& prefix) override {
    return below_->List(prefix);
  }
  Status Delete(const std::string& path) override {
    removed.push_back(path);
    return below_->Delete(path);
  }
  Status DeleteTree(const std::string& prefix) override {
    removed.push_back(prefix);
    return below_->DeleteTree(prefix);
  }
  Result<std::unique_ptr<store::Lease>> Acquire(const store::LeaseHolder& h) override {
    return below_->Acquire(h);
  }

 private:
  std::shared_ptr<store::ByteStore> below_ = store::MakeMemoryStore();
};

table::RejectRow Bad(const std::string& path, RejectCode code) {
  return {path, "read", std::string(RejectCodeName(code)), "why", -1};
}

// Five images, two a shard, two shards a block.
class LedgerTest : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : {"a", "b", "c", "d", "e"}) source_.entries[name].bytes = "x";
    auto recorder = EventRecorder::Make(&store_, nullptr).ValueOrDie();
    ASSERT_TRUE(listing_.Create(&source_, {}, "", recorder.get(), {}).ok());
  }
  void PutFeatures(int64_t shard) {
    ASSERT_TRUE(store_.Put(FeaturesFile(shard), "not read").ok());
  }
  void PutRejects(int64_t shard, const std::vector<table::RejectRow>& rows) {
    ASSERT_TRUE(table::WriteRejects(&store_, RejectsFile(shard), rows, {}).ok());
  }
  Ledger Read(int64_t finished = 0) {
    auto ledger = Ledger::Read(&store_, listing_, finished);
    EXPECT_TRUE(ledger.ok()) << ledger.status();
    return *ledger;
  }

  NotingStore store_;
  MemorySource source_;
  Listing listing_{&store_, 2, 2};
};

TEST_F(LedgerTest, AShardIsDoneWithBothItsFiles) {
  EXPECT_THAT(Read().Pending(), ElementsAre(0, 1, 2));
  PutFeatures(0);
  PutRejects(1, {});
  PutFeatures(2);
  PutRejects(2, {Bad("e", RejectCode::kTruncated)});
  const Ledger ledger = Read();
  EXPECT_THAT(ledger.Pending(), ElementsAre(0, 1));
  EXPECT_TRUE(ledger.done(2));
  EXPECT_EQ(ledger.images(), 1) << "the last shard is short";
  EXPECT_EQ(ledger.rejects(), 1);
  EXPECT_THAT(ledger.rejects_by_code(), ElementsAre(Pair("truncated", 1)));
}

TEST_F(LedgerTest, FinishedShardsNeedNoFeatures) {
  PutRejects(0, {});
  PutRejects(1, {});
  EXPECT_THAT(Read(1).Pending(), ElementsAre(1, 2));
  EXPECT_THAT(Read(2).Pending(), ElementsAre(2));
  EXPECT_EQ(Read(2).images(), 4);
}

TEST_F(LedgerTest, RetriableAreFailedReadsNotBadContent) {
  for (const int64_t shard : {0, 1, 2}) PutFeatures(shard);
  PutRejects(0, {Bad("a", RejectCode::kVanished), Bad("b", RejectCode::kCorrupt)});
  PutRejects(1, {Bad("c", RejectCode::kReadFailed), Bad("d", RejectCode::kReadFailed)});
  PutRejects(2, {Bad("e", RejectCode::kEmpty)});
  const Ledger ledger = Read();
  ASSERT_EQ(ledger.retriable().size(), 2U);
  EXPECT_THAT(ledger.retriable().at(0), ElementsAre(Bad("a", RejectCode::kVanished)));
  EXPECT_EQ(ledger.retriable().at(1).size(), 2U);
  EXPECT_EQ(ledger.rejects(), 5);
}

TEST_F(LedgerTest, RemoveIsTheReverseOfAdd) {
  Ledger ledger = Read();
  ledger.Add(0, 2, {Bad("a", RejectCode::kVanished), Bad("b", RejectCode::kCorrupt)});
  ledger.Add(1, 2, {Bad("c", RejectCode::kCorrupt)});
  ledger.Remove(0, 2, {Bad("a", RejectCode::kVanished), Bad("b", RejectCode::kCorrupt)});
  EXPECT_THAT(ledger.Pending(), ElementsAre(0, 2));
  EXPECT_EQ(ledger.images(), 2);
  EXPECT_THAT(ledger.rejects_by_code(), ElementsAre(Pair("corrupt", 1)));
  EXPECT_THAT(ledger.retriable(), IsEmpty());
}

TEST_F(LedgerTest, DamagedRejectsAreNamed) {
  PutFeatures(1);
  ASSERT_TRUE(store_.Put(RejectsFile(1), "PAR1 no table").ok());
  const Status status = Ledger::Read(&store_, listing_, 0).status();
  EXPECT_THAT(status.message(), testing::HasSubstr(RejectsFile(1)));
}

class TakeBackTest : public LedgerTest {
 protected:
  void SetUp() override {
    LedgerTest::SetUp();
    for (const int64_t shard : {0, 1, 2}) PutFeatures(shard);
    PutRejects(0, {Bad("a", RejectCode::kReadFailed)});
    PutRejects(1, {});
    PutRejects(2, {Bad("e", RejectCode::kVanished)});
    for (const char* path :
         {"manifest.json", "moments/block-0000.bin", "moments/block-0001.bin",
          "reduced/gen-0000/part-00000.parquet",
          "reducer/gen-0000/reducer.safetensors"}) {
      ASSERT_TRUE(store_.Put(path, "x").ok());
    }
    lost_ = RejectStatus(RejectStage::kRead, RejectCode::kReadFailed, "still not");
    source_.entries.at("a").read = lost_;
    source_.entries.at("e").read = lost_;
  }
  std::vector<int64_t> TakeBack(Ledger* ledger) {
    return TakeBackCured(&store_, listing_, &source_, ledger).ValueOrDie();
  }
  Status lost_;
};

TEST_F(TakeBackTest, NothingIsTouchedWhileNothingIsCured) {
  Ledger ledger = Read();
  EXPECT_THAT(TakeBack(&ledger), IsEmpty());
  EXPECT_THAT(store_.removed, IsEmpty());
  EXPECT_THAT(ledger.Pending(), IsEmpty());
}

TEST_F(TakeBackTest, WhatDependsGoesFirst) {
  source_.entries.at("e").read = Status::OK();
  Ledger ledger = Read();
  EXPECT_THAT(TakeBack(&ledger), ElementsAre(2));
  EXPECT_THAT(store_.removed,
              ElementsAre("manifest.json", "reduced/gen-0000", "reducer/gen-0000",
                          MomentsFile(1), RejectsFile(2), FeaturesFile(2)));
  EXPECT_THAT(ledger.Pending(), ElementsAre(2));
  EXPECT_EQ(ledger.images(), 4);
  EXPECT_EQ(ledger.rejects(), 1);
  EXPECT_THAT(Read().Pending(), ElementsAre(2)) << "the files say the same";
  EXPECT_TRUE(store_.Exists(MomentsFile(0)).ValueOrDie());
}

}  // namespace
}  // namespace pomona::job
