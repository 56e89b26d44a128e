// SPDX-License-Identifier: Apache-2.0
// The contract of FeatureExtractor, run on every engine: instantiate
// FeatureExtractorContract with a name and a factory from the engine's *_test.cc.
#pragma once

#include <cstring>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "pomona/engine/feature_extractor.h"

namespace pomona::engine::contract {

struct ContractCase {
  std::string name;
  std::function<Result<std::unique_ptr<FeatureExtractor>>(const ExtractorOptions&)> make;
  Precision precision = Precision::kF32;
};

class FeatureExtractorContract : public ::testing::TestWithParam<ContractCase> {
 protected:
  static constexpr int64_t kPictures = 11;

  static std::unique_ptr<FeatureExtractor> Make(int64_t batch, int threads) {
    ExtractorOptions options;
    options.batch = batch;
    options.threads = threads;
    options.precision = GetParam().precision;
    return GetParam().make(options).ValueOrDie();
  }

  // Noise in the range of preprocessed pictures, the same in every call.
  static std::vector<float> Pictures(const ExtractorInfo& info) {
    std::mt19937 random(7);  // NOLINT: repeats on purpose
    std::vector<float> pictures(static_cast<size_t>(kPictures * Picture(info)));
    for (float& x : pictures) x = static_cast<float>(random() % 256) - 110.0F;
    return pictures;
  }
  static int64_t Picture(const ExtractorInfo& info) {
    return 3 * info.input_height * info.input_width;
  }

  // Rows of all pictures, `step` to a call.
  static std::vector<float> ExtractAll(FeatureExtractor* extractor, int64_t step) {
    const ExtractorInfo& info = extractor->info();
    const std::vector<float> pictures = Pictures(info);
    std::vector<float> rows(static_cast<size_t>(kPictures * info.feature_dim), -1.0F);
    for (int64_t at = 0; at < kPictures; at += step) {
      const int64_t count = std::min(step, kPictures - at);
      EXPECT_TRUE(extractor
                      ->Extract(pictures.data() + at * Picture(info), count,
                                rows.data() + at * info.feature_dim)
                      .ok());
    }
    return rows;
  }
};

inline bool SameBits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() &&
         std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

TEST_P(FeatureExtractorContract, InfoIsFilled) {
  const auto extractor = Make(4, 1);
  const ExtractorInfo& info = extractor->info();
  EXPECT_FALSE(info.backend.empty());
  EXPECT_EQ(info.batch, 4);
  EXPECT_GT(info.input_height, 0);
  EXPECT_GT(info.input_width, 0);
  EXPECT_GT(info.feature_dim, 0);
  int64_t columns = 0;
  for (const RowPart& part : info.parts) columns += part.columns;
  EXPECT_EQ(columns, info.feature_dim);
  EXPECT_EQ(info.concurrency, 2);  // one runs, one waits
}

TEST_P(FeatureExtractorContract, CountsOutsideTheBatchAreRefused) {
  const auto extractor = Make(2, 1);
  const std::vector<float> pictures = Pictures(extractor->info());
  std::vector<float> rows(static_cast<size_t>(3 * extractor->info().feature_dim), -1.0F);
  EXPECT_TRUE(extractor->Extract(pictures.data(), 3, rows.data()).IsInvalid());
  EXPECT_TRUE(extractor->Extract(pictures.data(), -1, rows.data()).IsInvalid());
  EXPECT_TRUE(extractor->Extract(pictures.data(), 0, rows.data()).ok());
  EXPECT_EQ(rows, std::vector<float>(rows.size(), -1.0F));
}

TEST_P(FeatureExtractorContract, AShortBatchWritesItsRowsOnly) {
  const auto extractor = Make(4, 1);
  const std::vector<float> pictures = Pictures(extractor->info());
  const auto dim = static_cast<size_t>(extractor->info().feature_dim);
  std::vector<float> rows(2 * dim, -1.0F);
  ASSERT_TRUE(extractor->Extract(pictures.data(), 1, rows.data()).ok());
  EXPECT_EQ(std::vector<float>(rows.begin() + static_cast<int64_t>(dim), rows.end()),
            std::vector<float>(dim, -1.0F));
}

TEST_P(FeatureExtractorContract, DifferentPicturesGiveDifferentRows) {
  const auto extractor = Make(4, 1);
  const std::vector<float> rows = ExtractAll(extractor.get(), 4);
  const auto dim = static_cast<size_t>(extractor->info().feature_dim);
  EXPECT_NE(std::memcmp(rows.data(), rows.data() + dim, dim * sizeof(float)), 0);
}

// The promise that exactly-once stands on: a row depends on its picture alone.
TEST_P(FeatureExtractorContract, BitsDoNotDependOnPositionCountBatchOrThreads) {
  const auto first = Make(4, 1);
  const std::vector<float> want = ExtractAll(first.get(), 4);
  for (int64_t step : {1, 3}) {
    EXPECT_TRUE(SameBits(want, ExtractAll(first.get(), step))) << "step " << step;
  }
  for (int64_t batch : {1, 5, 16}) {
    for (int threads : {1, 2, 4}) {
      const auto other = Make(batch, threads);
      EXPECT_TRUE(SameBits(want, ExtractAll(other.get(), batch)))
          << "batch " << batch << ", threads " << threads;
    }
  }
}

TEST_P(FeatureExtractorContract, ManyCallersAtOnceGetTheSameBits) {
  const auto extractor = Make(3, 2);
  const std::vector<float> want = ExtractAll(extractor.get(), 3);
  std::vector<std::vector<float>> got(5);
  std::vector<std::thread> callers;
  for (size_t i = 0; i < got.size(); ++i) {
    callers.emplace_back([&, i] {
      got[i] = ExtractAll(extractor.get(), static_cast<int64_t>(1 + i % 3));
    });
  }
  for (std::thread& caller : callers) caller.join();
  for (const auto& rows : got) EXPECT_TRUE(SameBits(want, rows));
}

}  // namespace pomona::engine::contract
