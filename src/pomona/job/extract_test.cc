// SPDX-License-Identifier: Apache-2.0
#include "pomona/job/extract.h"

#include <fstream>
#include <iterator>
#include <numeric>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pomona/base/hash.h"
#include "pomona/base/reject.h"
#include "pomona/image/colour.h"

#include "tests/contract/job_fixtures.h"

namespace pomona::job {
namespace {

using store::ListedImage;
using testing::ElementsAre;
using testing::HasSubstr;

// Pictures whose red is their number, in shards of `shard_size`.
class ExtractTest : public testing::Test {
 protected:
  void SetUp() override {
    context_.source = &source_;
    context_.extractor = &extractor_;
    context_.contract.decoder = image::DecoderVersions();
    context_.contract.width = context_.contract.height = 4;
    context_.contract.normalization = *image::Normalization::Named("none");
    context_.contract.normalization.bgr = false;
  }
  void AddPictures(int count) {
    for (int i = 0; i < count; ++i) {
      source_.entries[std::to_string(100 + i)].bytes =
          ColourPng(static_cast<uint8_t>(i), 7, 9);
    }
  }
  Result<std::vector<ListedImage>> ImagesOf(int64_t shard) {
    std::vector<ListedImage> all;
    ARROW_RETURN_NOT_OK(source_
                            .List("",
                                  [&](ListedImage image) {
                                    all.push_back(std::move(image));
                                    return Status::OK();
                                  })
                            .status());
    const auto begin = std::min(all.size(), static_cast<size_t>(shard * shard_size_));
    const auto end = std::min(all.size(), begin + static_cast<size_t>(shard_size_));
    return std::vector<ListedImage>(all.begin() + static_cast<ptrdiff_t>(begin),
                                    all.begin() + static_cast<ptrdiff_t>(end));
  }
  Status Extract(const std::vector<int64_t>& shards) {
    return ExtractShards(
        context_, shards, [&](int64_t shard) { return ImagesOf(shard); },
        [&](int64_t shard, ShardResult result) {
          order_.push_back(shard);
          results_[shard] = std::move(result);
          return done_ ? done_(shard) : Status::OK();
        },
        [&](int64_t images, int64_t rejects) { progress_.emplace_back(images, rejects); },
        stop_.get_token());
  }
  static std::vector<std::string> Paths(const table::FeatureTable& features) {
    std::vector<std::string> paths;
    for (const auto& key : features.keys) paths.push_back(key.path);
    return paths;
  }

  int64_t shard_size_ = 10;
  MemorySource source_;
  ColourExtractor extractor_;
  ExtractContext context_;
  std::stop_source stop_;
  std::function<Status(int64_t)> done_;
  std::vector<int64_t> order_;
  std::map<int64_t, ShardResult> results_;
  std::vector<std::pair<int64_t, int64_t>> progress_;
};

TEST_F(ExtractTest, RowsAreThoseOfTheListingWhateverTheThreads) {
  AddPictures(47);
  for (const int threads : {1, 2, 5}) {
    for (const int64_t batch : {1, 3, 64}) {
      ColourExtractor extractor(batch, threads);
      context_.extractor = &extractor;
      context_.threads = threads;
      context_.max_bytes_ahead = batch == 3 ? 1 : 1 << 20;
      order_.clear();
      results_.clear();
      ASSERT_TRUE(Extract({0, 1, 2, 3, 4}).ok());
      EXPECT_THAT(order_, ElementsAre(0, 1, 2, 3, 4));
      int picture = 0;
      for (const auto& [shard, result] : results_) {
        EXPECT_EQ(result.features.dim, 3);
        for (size_t i = 0; i < result.features.keys.size(); ++i, ++picture) {
          const std::string path = std::to_string(100 + picture);
          EXPECT_EQ(result.features.keys[i].path, path);
          EXPECT_EQ(result.features.keys[i].sha256,
                    HexSha256(source_.entries.at(path).bytes));
          EXPECT_EQ(result.features.keys[i].width, 4);
          EXPECT_EQ(result.features.rows[i * 3], static_cast<float>(picture));
          EXPECT_EQ(result.features.rows[i * 3 + 2], 9.0F);
        }
      }
      EXPECT_EQ(picture, 47);
    }
  }
}

TEST_F(ExtractTest, TheShardsAskedForAreComputedInTheirOrder) {
  AddPictures(47);
  ASSERT_TRUE(Extract({3, 1}).ok());
  EXPECT_THAT(order_, ElementsAre(3, 1));
  EXPECT_EQ(results_.at(3).features.keys.front().path, "130");
  EXPECT_EQ(source_.reads, 20);
  EXPECT_EQ(progress_.back(), std::pair(int64_t{20}, int64_t{0}));
  ASSERT_TRUE(Extract({}).ok());
}

TEST_F(ExtractTest, EveryRejectIsARowInTheOrderOfTheListing) {
  AddPictures(9);
  source_.entries["100"].bytes = ColourPng(254, 0, 0);  // infinity
  source_.entries["101"].read =
      RejectStatus(RejectStage::kRead, RejectCode::kReadFailed, "disk on fire");
  source_.entries["102"].bytes = "no picture";
  source_.entries["103"].valid_name = false;
  source_.entries["105"].bytes = ColourPng(255, 0, 0);  // NaN
  source_.entries["106"].bytes = "";
  source_.entries["107"].bytes.resize(40);
  ASSERT_TRUE(Extract({0}).ok());
  const auto& result = results_.at(0);
  EXPECT_THAT(Paths(result.features), ElementsAre("104", "108"));
  EXPECT_EQ(result.features.rows, (std::vector<float>{4, 7, 9, 8, 7, 9}));
  std::vector<std::string> rejects;
  for (const auto& row : result.rejects) {
    rejects.push_back(row.path + " " + row.stage + "/" + row.code + " " +
                      std::to_string(row.bytes));
    EXPECT_FALSE(row.message.empty());
  }
  EXPECT_THAT(rejects, ElementsAre("100 extract/not_finite -1", "101 read/read_failed -1",
                                   "102 decode/not_an_image 10", "103 list/bad_name -1",
                                   "105 extract/not_finite -1", "106 decode/empty 0",
                                   "107 decode/truncated 40"));
  EXPECT_EQ(progress_.back(), std::pair(int64_t{9}, int64_t{7}));
  EXPECT_EQ(source_.reads, 8) << "a bad name is not read";
}

TEST_F(ExtractTest, AShardOfRejectsAloneIsDoneToo) {
  for (const char* path : {"a", "b", "c"}) source_.entries[path].bytes = "x";
  ASSERT_TRUE(Extract({0}).ok());
  EXPECT_TRUE(results_.at(0).features.keys.empty());
  EXPECT_EQ(results_.at(0).rejects.size(), 3U);
}

TEST_F(ExtractTest, ErrorsEndTheStageAndComeOut) {
  AddPictures(40);
  source_.entries["125"].read = Status::IOError("the network is gone");
  Status status = Extract({0, 1, 2, 3});
  EXPECT_TRUE(status.IsIOError()) << status;
  EXPECT_THAT(status.message(), HasSubstr("the network is gone"));
  EXPECT_THAT(order_, testing::Each(testing::Lt(2))) << "a shard with a hole";

  source_.entries["125"].read = Status::OK();
  done_ = [](int64_t shard) {
    return shard == 1 ? Status::IOError("the disk is full") : Status::OK();
  };
  order_.clear();
  EXPECT_THAT(Extract({0, 1, 2, 3}).message(), HasSubstr("the disk is full"));
  EXPECT_THAT(order_, ElementsAre(0, 1));

  done_ = nullptr;
  order_.clear();
  extractor_.error = Status::UnknownError("the engine broke");
  EXPECT_THAT(Extract({0, 1}).message(), HasSubstr("the engine broke"));
  EXPECT_TRUE(order_.empty());

  extractor_.error = Status::OK();
  status = ExtractShards(
      context_, {0},
      [](int64_t) -> Result<std::vector<ListedImage>> {
        return Status::IOError("no listing");
      },
      [](int64_t, ShardResult) { return Status::OK(); }, {}, {});
  EXPECT_THAT(status.message(), HasSubstr("no listing"));
}

TEST_F(ExtractTest, StopsBetweenShardsAndKeepsThoseDone) {
  AddPictures(200);
  std::vector<int64_t> all(20);
  std::iota(all.begin(), all.end(), 0);
  done_ = [&](int64_t shard) {
    if (shard == 2) stop_.request_stop();
    return Status::OK();
  };
  EXPECT_TRUE(Extract(all).IsCancelled());
  EXPECT_THAT(order_, ElementsAre(0, 1, 2));
  for (const auto& [shard, result] : results_)
    EXPECT_EQ(result.features.keys.size(), 10U);
  order_.clear();
  EXPECT_TRUE(Extract(all).IsCancelled()) << "stopped before it began";
  EXPECT_TRUE(order_.empty());
}

TEST_F(ExtractTest, SizesNeedNotBeKnown) {
  AddPictures(30);
  source_.unknown_size = -1;
  context_.max_bytes_ahead = 1;
  ASSERT_TRUE(Extract({0, 1, 2}).ok());
  EXPECT_EQ(order_.size(), 3U);
}

TEST_F(ExtractTest, TheContractDecidesTheRows) {
  AddPictures(2);
  context_.contract.normalization.name = "custom";
  context_.contract.normalization.mean = {1, 2, 3};
  context_.contract.normalization.bgr = true;
  ASSERT_TRUE(Extract({0}).ok());
  EXPECT_EQ(results_.at(0).features.rows, (std::vector<float>{8, 5, -3, 8, 5, -2}));
}

// More views than a request takes, and the colour behind the network's numbers.
TEST_F(ExtractTest, ARowIsTheMeanOfItsViewsThenTheColour) {
  AddPictures(9);
  ASSERT_TRUE(Extract({0, 1}).ok());
  const auto plain = results_;
  context_.contract.views = image::Views::kSeven;
  context_.contract.colour = true;
  ASSERT_TRUE(Extract({0, 1}).ok());
  const int64_t dim = plain.at(0).features.dim;
  for (const auto& [shard, result] : results_) {
    ASSERT_EQ(result.features.dim, dim + image::kColourColumns);
    EXPECT_EQ(result.parts.back().name, "colour");
    EXPECT_EQ(result.parts.back().columns, image::kColourColumns);
    for (size_t i = 0; i < result.features.keys.size(); ++i) {
      const float* row =
          result.features.rows.data() + static_cast<int64_t>(i) * result.features.dim;
      const float* one =
          plain.at(shard).features.rows.data() + static_cast<int64_t>(i) * dim;
      // Pictures of one colour: every view gives the same numbers.
      EXPECT_EQ(std::vector<float>(row, row + dim), std::vector<float>(one, one + dim));
      EXPECT_NEAR(std::accumulate(row + dim, row + dim + image::kWholeBins, 0.0), 1,
                  1e-6);
    }
  }
}

// The photos' own rows are what they are without regions; the rejects too.
TEST_F(ExtractTest, ARegionIsARowBehindItsPhoto) {
  AddPictures(9);
  std::ifstream file(POMONA_SOURCE_DIR "/examples/photos/image11.jpg", std::ios::binary);
  source_.entries["105x"].bytes.assign(std::istreambuf_iterator<char>(file), {});
  source_.entries["106x"].bytes = "no picture";
  context_.contract.normalization.name = "custom";
  context_.contract.normalization.scale = 0.5F;  // no 255, which is NaN here
  ASSERT_TRUE(Extract({0, 1}).ok());
  const auto plain = results_;
  context_.contract.regions = image::RegionSet::kFruits;
  ASSERT_TRUE(Extract({0, 1}).ok());
  int64_t parts = 0;
  for (const auto& [shard, result] : results_) {
    const auto& before = plain.at(shard);
    EXPECT_EQ(result.features.CountPictures(), before.features.CountPictures());
    EXPECT_EQ(result.rejects, before.rejects);
    std::vector<float> photos;
    for (size_t i = 0; i < result.features.keys.size(); ++i) {
      const auto& key = result.features.keys[i];
      ASSERT_TRUE(key.fruit.has_value());
      const float* row =
          result.features.rows.data() + static_cast<int64_t>(i) * result.features.dim;
      if (key.fruit->index == 0) {
        photos.insert(photos.end(), row, row + result.features.dim);
      } else {
        EXPECT_EQ(key.path, "105x");
        EXPECT_EQ(key.fruit->index, ++parts);
      }
    }
    EXPECT_EQ(photos, before.features.rows);
  }
  EXPECT_EQ(parts, 3);  // a shape of an orange and a banana that touch, and both
}

TEST_F(ExtractTest, MorePixelsThanAllowedAreARejectNotAnError) {
  AddPictures(1);
  context_.max_pixels = 15;
  ASSERT_TRUE(Extract({0}).ok());
  EXPECT_EQ(results_.at(0).rejects.at(0).code, "too_large");
}

}  // namespace
}  // namespace pomona::job
