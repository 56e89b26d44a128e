// SPDX-License-Identifier: Apache-2.0
#include "pomona/job/listing.h"

#include <optional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pomona/job/layout.h"

#include "tests/contract/job_fixtures.h"

namespace pomona::job {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

class ListingTest : public testing::Test {
 protected:
  std::shared_ptr<store::ByteStore> store_ = store::MakeMemoryStore();
  MemorySource source_;
  Settings settings_;

  void AddImages(int count, const std::string& prefix = "a/") {
    for (int i = 0; i < count; ++i) {
      source_.entries[prefix + std::to_string(1000 + i)].bytes = "x";
    }
  }
  Status Create(Listing* listing, const std::string& exclude = "",
                std::stop_token stop = {}) {
    auto recorder = EventRecorder::Make(store_.get(), nullptr).ValueOrDie();
    return listing->Create(&source_, settings_, exclude, recorder.get(), stop);
  }
  Result<Listing::Changes> Extend(Listing* listing) {
    auto recorder = EventRecorder::Make(store_.get(), nullptr).ValueOrDie();
    return listing->Extend(&source_, settings_, "", recorder.get(), {});
  }
  // The listing of `store` again, from its files.
  Listing Loaded(int64_t shard_size, int64_t block_shards) {
    Listing listing(store_.get(), shard_size, block_shards);
    const Status status = listing.Load();
    EXPECT_TRUE(status.ok()) << status;
    return listing;
  }
  static std::vector<std::string> Paths(const Listing& listing, int64_t shard) {
    std::vector<std::string> paths;
    for (const auto& image : listing.Shard(shard).ValueOrDie())
      paths.push_back(image.path);
    return paths;
  }
};

TEST_F(ListingTest, CutsImagesIntoShardsAndShardsIntoBlocks) {
  AddImages(7);
  Listing listing(store_.get(), 2, 3);
  ASSERT_TRUE(Create(&listing).ok());
  EXPECT_EQ(listing.images(), 7);
  EXPECT_EQ(listing.shards(), 4);
  EXPECT_EQ(listing.blocks(), 2);
  EXPECT_THAT(Paths(listing, 0), ElementsAre("a/1000", "a/1001"));
  EXPECT_THAT(Paths(listing, 3), ElementsAre("a/1006"));
  EXPECT_EQ(listing.BlockShards(0), std::pair(int64_t{0}, int64_t{3}));
  EXPECT_EQ(listing.BlockShards(1), std::pair(int64_t{3}, int64_t{4}));
  EXPECT_EQ(listing.BlockOf(2), 0);
  EXPECT_EQ(listing.BlockOf(3), 1);
}

TEST_F(ListingTest, AGenerationBeginsANewShardAndANewBlock) {
  AddImages(3);
  Listing listing(store_.get(), 2, 2);
  ASSERT_TRUE(Create(&listing).ok());
  AddImages(5, "b/");
  ASSERT_TRUE(Extend(&listing).ok());
  AddImages(1, "0/");
  ASSERT_TRUE(Extend(&listing).ok());

  const Listing again = Loaded(2, 2);
  ASSERT_EQ(again.generations().size(), 3U);
  EXPECT_EQ(again.images(), 9);
  EXPECT_EQ(again.shards(), 2 + 3 + 1);
  EXPECT_EQ(again.blocks(), 1 + 2 + 1);
  EXPECT_EQ(again.generations()[1].first_shard, 2);
  EXPECT_EQ(again.generations()[2].first_block, 3);
  EXPECT_THAT(Paths(again, 1), ElementsAre("a/1002"));
  EXPECT_THAT(Paths(again, 2), ElementsAre("b/1000", "b/1001"));
  EXPECT_THAT(Paths(again, 5), ElementsAre("0/1000"));
  const std::vector<int64_t> blocks = {0, 0, 1, 1, 2, 3};
  for (int64_t shard = 0; shard < 6; ++shard) {
    const int64_t block = again.BlockOf(shard);
    EXPECT_EQ(block, blocks[static_cast<size_t>(shard)]) << shard;
    const auto [first, last] = again.BlockShards(block);
    EXPECT_TRUE(first <= shard && shard < last) << shard;
  }
}

// A part holds 64 shards. Whatever a killed listing left, the same files come out.
TEST_F(ListingTest, AKilledListingIsFinishedToTheSameBytes) {
  AddImages(150);
  source_.passed_over = {{"a/1000.txt", ".txt"}, {"a/1140.txt", ".txt"}, {"z", "hidden"}};
  Listing listing(store_.get(), 1, 2);
  ASSERT_TRUE(Create(&listing).ok());
  const auto want = Tree(store_.get());
  const std::string folder = ListingFolder(0);
  for (const int parts : {0, 1, 2, 3}) {
    store_ = store::MakeMemoryStore();
    for (int part = 0; part < parts; ++part) {
      const std::string path = folder + "/part-0000" + std::to_string(part) + ".parquet";
      ASSERT_TRUE(store_->Put(path, want.at(path)).ok());
    }
    Listing resumed(store_.get(), 1, 2);
    ASSERT_TRUE(resumed.Load().ok());
    ASSERT_TRUE(resumed.generations().empty());
    ASSERT_TRUE(Create(&resumed).ok()) << parts;
    EXPECT_TRUE(Tree(store_.get()) == want) << "after " << parts << " parts";
  }
}

TEST_F(ListingTest, AKilledExtensionIsFinishedToTheSameBytes) {
  AddImages(3);
  Listing listing(store_.get(), 1, 2);
  ASSERT_TRUE(Create(&listing).ok());
  const auto before = Tree(store_.get());
  AddImages(70, "b/");
  ASSERT_TRUE(Extend(&listing).ok());
  const auto want = Tree(store_.get());
  for (const int parts : {1, 2}) {
    store_ = store::MakeMemoryStore();
    for (const auto& [path, bytes] : want) {
      const bool left = before.contains(path) || path.ends_with("part-00000.parquet") ||
                        (parts == 2 && path.ends_with(".parquet"));
      if (left) {
        ASSERT_TRUE(store_->Put(path, bytes).ok());
      }
    }
    Listing resumed = Loaded(1, 2);
    ASSERT_EQ(resumed.generations().size(), 1U);
    auto changes = Extend(&resumed);
    ASSERT_TRUE(changes.ok()) << changes.status();
    EXPECT_EQ(changes->added, 70);
    EXPECT_TRUE(Tree(store_.get()) == want) << "after " << parts << " parts";
  }
}

TEST_F(ListingTest, LimitEndsTheListing) {
  AddImages(150);
  for (const int64_t limit : {1, 63, 64, 65, 150, 1000}) {
    store_ = store::MakeMemoryStore();
    settings_.limit = limit;
    Listing listing(store_.get(), 1, 2);
    ASSERT_TRUE(Create(&listing).ok());
    EXPECT_EQ(listing.images(), std::min<int64_t>(limit, 150));
    const auto want = Tree(store_.get());
    ASSERT_TRUE(store_->Delete(ListingSummary(0)).ok());
    Listing resumed(store_.get(), 1, 2);
    ASSERT_TRUE(Create(&resumed).ok());
    EXPECT_TRUE(Tree(store_.get()) == want) << limit;
  }
}

TEST_F(ListingTest, WhatIsBelowTheDestinationIsPassedOver) {
  AddImages(2);
  AddImages(2, "out/");
  AddImages(1, "outer/");
  Listing listing(store_.get(), 10, 1);
  ASSERT_TRUE(Create(&listing, "out/").ok());
  EXPECT_THAT(Paths(listing, 0), ElementsAre("a/1000", "a/1001", "outer/1000"));
}

TEST_F(ListingTest, StopsAndGoesOn) {
  AddImages(3);
  std::stop_source stop;
  stop.request_stop();
  Listing listing(store_.get(), 2, 2);
  EXPECT_TRUE(Create(&listing, "", stop.get_token()).IsCancelled());
  EXPECT_TRUE(listing.generations().empty());
  EXPECT_TRUE(Create(&listing).ok());
  EXPECT_EQ(listing.images(), 3);
}

TEST_F(ListingTest, NoImagesIsAnErrorThatCountsWhatWasPassedOver) {
  Listing listing(store_.get(), 2, 2);
  EXPECT_THAT(Create(&listing).message(), HasSubstr("it is empty"));
  source_.passed_over = {{"a", ".txt"}, {"b", ".txt"}, {"c", "hidden"}};
  const Status status = Create(&listing);
  EXPECT_TRUE(status.IsInvalid());
  EXPECT_THAT(status.message(), HasSubstr("2 .txt, 1 hidden passed over"));
  EXPECT_THAT(status.message(), HasSubstr("--all-files"));
}

TEST_F(ListingTest, ExtendTellsAddedChangedAndVanished) {
  AddImages(6);
  Listing listing(store_.get(), 2, 2);
  ASSERT_TRUE(Create(&listing).ok());
  const auto before = Tree(store_.get());
  auto none = Extend(&listing).ValueOrDie();
  EXPECT_EQ(none.added + none.changed + none.vanished, 0);
  EXPECT_TRUE(Tree(store_.get()) == before) << "a generation of nothing";

  source_.entries.at("a/1001").bytes = "longer";
  source_.entries.at("a/1002").mtime_ns = 99;
  source_.entries.erase("a/1000");
  source_.entries.erase("a/1005");
  source_.entries.erase("a/1004");
  AddImages(2, "b/");
  auto changes = Extend(&listing).ValueOrDie();
  EXPECT_EQ(changes.added, 2);
  EXPECT_EQ(changes.changed, 2);
  EXPECT_EQ(changes.vanished, 3);
  EXPECT_THAT(Paths(listing, 3), ElementsAre("b/1000", "b/1001"));
  for (const auto& [path, bytes] : before) EXPECT_EQ(Tree(store_.get()).at(path), bytes);
}

TEST_F(ListingTest, SkippedCountsAndHashAreKept) {
  AddImages(2);
  source_.passed_over = {{"a/x.txt", ".txt"}};
  Listing listing(store_.get(), 2, 2);
  ASSERT_TRUE(Create(&listing).ok());
  const Listing again = Loaded(2, 2);
  EXPECT_THAT(again.generations()[0].skipped, ElementsAre(Pair(".txt", 1)));
  EXPECT_EQ(again.generations()[0].sha256.size(), 64U);

  // Each part of an entry is in the hash.
  const auto hash = [&] {
    store_ = store::MakeMemoryStore();
    Listing other(store_.get(), 2, 2);
    EXPECT_TRUE(Create(&other).ok());
    return other.generations()[0].sha256;
  };
  EXPECT_EQ(hash(), again.generations()[0].sha256);
  source_.entries.at("a/1000").mtime_ns = 7;
  EXPECT_NE(hash(), again.generations()[0].sha256);
}

TEST_F(ListingTest, AnotherSourceIsRefused) {
  AddImages(3);
  Listing listing(store_.get(), 2, 2);
  ASSERT_TRUE(Create(&listing).ok());
  EXPECT_TRUE(listing.CheckSource(&source_).ok());
  source_.entries.erase("a/1000");
  EXPECT_TRUE(listing.CheckSource(&source_).ok()) << "one of the first is enough";
  MemorySource other;
  EXPECT_THAT(listing.CheckSource(&other).message(), HasSubstr("begins with nothing"));
  other.entries["other.jpg"].bytes = "x";
  const Status status = listing.CheckSource(&other);
  EXPECT_TRUE(status.IsInvalid());
  EXPECT_THAT(status.message(), HasSubstr("its first image is a/1000"));
  EXPECT_THAT(status.message(), HasSubstr("begins with other.jpg"));
}

TEST_F(ListingTest, DamagedSummariesAreNamed) {
  const char* const sha = R"(,"sha256":"x"})";
  for (const auto& [text, what] : std::vector<std::pair<std::string, std::string>>{
           {"", "not a JSON object"},
           {"[1]", "not a JSON object"},
           {"{}", "no number 'images'"},
           {R"({"images":"3"})", "no number 'images'"},
           {R"({"images":3})", "no text 'sha256'"},
           {std::string(R"({"images":0)") + sha, "below 1"},
           {std::string(R"({"images":-5)") + sha, "below 1"},
           {std::string(R"({"images":18446744073709551615)") + sha, "below 1"},
           {std::string(R"({"images":9223372036854775807)") + sha, "more 'images'"}}) {
    ASSERT_TRUE(store_->Put(ListingSummary(0), text).ok());
    Listing listing(store_.get(), 2, 2);
    const Status status = listing.Load();
    EXPECT_TRUE(status.IsInvalid()) << text;
    EXPECT_THAT(status.message(), HasSubstr(ListingSummary(0)));
    EXPECT_THAT(status.message(), HasSubstr(what));
  }
}

}  // namespace
}  // namespace pomona::job
