// SPDX-License-Identifier: Apache-2.0
#include "pomona/job/blocks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pomona/job/layout.h"

#include "tests/contract/job_fixtures.h"

namespace pomona::job {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// Seven shards of three images in blocks of three; rows of some more columns.
class BlocksTest : public testing::Test {
 protected:
  static constexpr int64_t kDim = 5;

  void SetUp() override {
    for (int i = 0; i < 20; ++i) source_.entries[std::to_string(100 + i)].bytes = "x";
    auto recorder = EventRecorder::Make(store_.get(), nullptr).ValueOrDie();
    ASSERT_TRUE(listing_.Create(&source_, {}, "", recorder.get(), {}).ok());
    ASSERT_EQ(listing_.blocks(), 3);
  }
  // Shard 4 has no rows: all its images are rejects.
  static table::FeatureTable Rows(int64_t shard) {
    table::FeatureTable features;
    features.dim = kDim;
    for (int64_t i = 0; i < (shard == 4 ? 0 : 3); ++i) {
      features.keys.push_back(
          {std::to_string(i), std::nullopt, 1, 1, std::string(64, '0')});
      for (int64_t j = 0; j < kDim; ++j) {
        features.rows.push_back(static_cast<float>((shard * 7 + i * 3 + j * j) % 11) / 7);
      }
    }
    return features;
  }
  void PutAll() {
    for (int64_t shard = 0; shard < listing_.shards(); ++shard) {
      ASSERT_TRUE(
          table::WriteFeatures(store_.get(), FeaturesFile(shard), Rows(shard), {}).ok());
    }
  }
  BlockBuilder Builder() {
    return {
        store_.get(), &listing_, {}, [&](int64_t block) { committed_.push_back(block); }};
  }

  std::shared_ptr<store::ByteStore> store_ = store::MakeMemoryStore();
  MemorySource source_;
  Listing listing_{store_.get(), 3, 3};
  std::vector<int64_t> committed_;
};

TEST_F(BlocksTest, RowsInHandAndRowsOfFilesGiveTheSameBytes) {
  PutAll();
  auto builder = Builder();
  for (int64_t block = 0; block < 3; ++block) ASSERT_TRUE(builder.Build(block).ok());
  const auto want = Tree(store_.get(), "moments");
  ASSERT_EQ(want.size(), 3U);
  EXPECT_THAT(committed_, ElementsAre(0, 1, 2));

  // Every choice of shards that come straight from the extract stage.
  for (unsigned in_hand = 1; in_hand < 128; ++in_hand) {
    ASSERT_TRUE(store_->DeleteTree("moments").ok());
    committed_.clear();
    auto some = Builder();
    for (int64_t shard = 0; shard < 7; ++shard) {
      if ((in_hand >> shard & 1) != 0) {
        ASSERT_TRUE(some.Add(shard, Rows(shard)).ok());
      }
    }
    ASSERT_TRUE(some.Finish().ok());
    for (const auto& [path, bytes] : Tree(store_.get(), "moments")) {
      EXPECT_TRUE(bytes == want.at(path)) << path << ", in hand " << in_hand;
    }
    EXPECT_EQ(committed_.size(), Tree(store_.get(), "moments").size());
  }
}

TEST_F(BlocksTest, ABlockIsCommittedWithItsLastShard) {
  PutAll();
  auto builder = Builder();
  ASSERT_TRUE(builder.Add(1, Rows(1)).ok());
  EXPECT_TRUE(committed_.empty());
  ASSERT_TRUE(builder.Add(2, Rows(2)).ok());
  EXPECT_THAT(committed_, ElementsAre(0));
  ASSERT_TRUE(builder.Finish().ok());
  ASSERT_TRUE(builder.Add(6, Rows(6)).ok());
  EXPECT_THAT(committed_, ElementsAre(0, 2));
}

TEST_F(BlocksTest, MergedBlocksAreTheMomentsOfAllRows) {
  PutAll();
  auto builder = Builder();
  auto all = stats::Moments::Make(kDim).ValueOrDie();
  for (int64_t shard = 0; shard < 7; ++shard) {
    const auto rows = Rows(shard);
    ASSERT_TRUE(builder.Add(shard, rows).ok());
    ASSERT_TRUE(
        all.Update(rows.rows.data(), static_cast<int64_t>(rows.keys.size())).ok());
  }
  all.Flush();
  const auto state = MergeBlocks(store_.get(), 3).ValueOrDie();
  const stats::Moments& merged = *state.moments();
  EXPECT_EQ(merged.count(), 18);
  for (int64_t i = 0; i < kDim; ++i) {
    const auto at = static_cast<size_t>(i);
    EXPECT_NEAR(merged.mean()[at], all.mean()[at], 1e-14);
    for (int64_t j = 0; j <= i; ++j) {
      EXPECT_NEAR(merged.scatter_at(i, j), all.scatter_at(i, j), 1e-12);
    }
  }
}

TEST_F(BlocksTest, ErrorsNameTheFile) {
  EXPECT_THAT(Builder().Build(1).message(), HasSubstr(FeaturesFile(3)));
  EXPECT_THAT(ReadState(store_.get(), MomentsFile(0)).status().message(),
              HasSubstr(MomentsFile(0)));
  ASSERT_TRUE(store_->Put(MomentsFile(0), "POMOMENT and no more").ok());
  const Status status = MergeBlocks(store_.get(), 1).status();
  EXPECT_THAT(status.message(), HasSubstr(MomentsFile(0)));
  EXPECT_THAT(status.message(), HasSubstr("Remove the file"));
}

// VGG16 at 224 x 224 gives 25,088 columns; a foreign file of more than 16,384 is refused,
// what a run wrote is not.
TEST_F(BlocksTest, RowsMayBeWiderThanAForeignFile) {
#ifdef POMONA_SANITIZED
  GTEST_SKIP() << "a gigabyte";
#endif
  constexpr int64_t kWide = 16'400;
  auto moments = stats::Moments::Make(kWide).ValueOrDie();
  std::vector<float> row(kWide, 0.0F);
  row.back() = 3.0F;
  ASSERT_TRUE(moments.Update(row.data(), 1).ok());
  moments.Flush();
  const std::string bytes = moments.Serialize().ValueOrDie();
  EXPECT_FALSE(stats::Moments::Deserialize(bytes).ok());
  ASSERT_TRUE(store_->Put(MomentsFile(0), bytes).ok());
  EXPECT_EQ(ReadState(store_.get(), MomentsFile(0))->moments()->mean().back(), 3.0);
}

TEST_F(BlocksTest, RowsOfAnotherWidthAreRefused) {
  PutAll();
  auto wide = Rows(1);
  wide.dim = kDim + 1;
  wide.rows.resize(wide.keys.size() * (kDim + 1));
  ASSERT_TRUE(table::WriteFeatures(store_.get(), FeaturesFile(1), wide, {}).ok());
  const Status status = Builder().Build(0);
  EXPECT_TRUE(status.IsInvalid()) << status;
  EXPECT_THAT(status.message(), HasSubstr(FeaturesFile(1)));
}

}  // namespace
}  // namespace pomona::job
