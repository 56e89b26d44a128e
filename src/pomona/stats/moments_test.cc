// SPDX-License-Identifier: Apache-2.0
#include "pomona/stats/moments.h"

#include <cmath>
#include <fstream>
#include <limits>
#include <random>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <tbb/global_control.h>
#include <tbb/task_arena.h>

#include "pomona/stats/merge_tree.h"

namespace pomona::stats {
namespace {

// Like features: each column has its own share of nonzeros; column 0 is always 0, column
// 1 always 7.1, column 2 has a mean far from 0.
std::vector<float> FeatureRows(int64_t n, int64_t dim, uint32_t seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> uniform;
  std::vector<float> rows(n * dim);
  for (int64_t r = 0; r < n; ++r) {
    for (int64_t c = 0; c < dim; ++c) {
      const float share = static_cast<float>(c % 11) / 10;
      rows[r * dim + c] = uniform(random) < share ? 30 * uniform(random) : 0;
    }
    rows[r * dim] = 0;
    rows[r * dim + 1] = 7.1F;
    rows[r * dim + 2] += 5000;
  }
  return rows;
}

Moments Of(const std::vector<float>& rows, int64_t dim, int64_t cut = 1 << 30) {
  Moments m = Moments::Make(dim).ValueOrDie();
  const auto n = static_cast<int64_t>(rows.size()) / dim;
  for (int64_t r = 0; r < n; r += cut) {
    EXPECT_TRUE(m.Update(rows.data() + r * dim, std::min(cut, n - r)).ok());
  }
  m.Flush();
  return m;
}

void ExpectSameBits(const Moments& a, const Moments& b) {
  ASSERT_EQ(a.count(), b.count());
  ASSERT_TRUE(std::equal(a.mean().begin(), a.mean().end(), b.mean().begin()));
  ASSERT_TRUE(std::equal(a.scatter().begin(), a.scatter().end(), b.scatter().begin()));
}

// Two passes in long double.
std::vector<double> PlainScatter(const std::vector<float>& rows, int64_t dim) {
  const auto n = static_cast<int64_t>(rows.size()) / dim;
  std::vector<long double> mean(dim);
  for (int64_t i = 0; i < n * dim; ++i) mean[i % dim] += rows[i];
  for (long double& m : mean) m /= static_cast<long double>(n);
  std::vector<double> scatter;
  for (int64_t i = 0; i < dim; ++i) {
    for (int64_t j = 0; j <= i; ++j) {
      long double sum = 0;
      for (int64_t r = 0; r < n; ++r) {
        sum += (rows[r * dim + i] - mean[i]) * (rows[r * dim + j] - mean[j]);
      }
      scatter.push_back(static_cast<double>(sum));
    }
  }
  return scatter;
}

void ExpectScatterNear(const Moments& m, const std::vector<double>& want,
                       double tolerance) {
  for (int64_t i = 0, at = 0; i < m.dim(); ++i) {
    for (int64_t j = 0; j <= i; ++j, ++at) {
      const double scale = std::sqrt(want[i * (i + 3) / 2] * want[j * (j + 3) / 2]);
      ASSERT_NEAR(m.scatter()[at], want[at], tolerance * scale) << i << ", " << j;
    }
  }
}

TEST(Moments, AgreesWithTwoPassesInLongDouble) {
  for (int64_t dim : {1, 3, 32, 45}) {
    for (int64_t n : {1, 2, 511, 512, 513, 1300}) {
      const std::vector<float> rows = FeatureRows(n, std::max<int64_t>(dim, 3), 1);
      const int64_t d = std::max<int64_t>(dim, 3);
      const Moments m = Of(rows, d);
      ASSERT_EQ(m.count(), n);
      ExpectScatterNear(m, PlainScatter(rows, d), 1e-11);
    }
  }
}

// tests/golden/stats/make_moments.py: mean 1e4, deviation about 1, exact arithmetic.
TEST(Moments, FarFromZero) {
  std::ifstream file(POMONA_SOURCE_DIR "/tests/golden/stats/moments.json");
  const nlohmann::json golden = nlohmann::json::parse(file);
  const int64_t n = golden["rows"], dim = golden["dim"];
  std::vector<double> rows(n * dim);
  uint64_t state = 1;
  for (int64_t i = 0; i < n * dim; ++i) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    const double u = static_cast<double>(state >> 11) / 9007199254740992.0 - 0.5;
    const double shared = i % dim == 0 ? 0.0 : rows[i - 1] - 1e4;
    rows[i] = 1e4 + (u * 3.0 + shared * 0.5);
  }
  Moments m = Moments::Make(dim).ValueOrDie();
  ASSERT_TRUE(m.Update(rows.data(), n).ok());
  m.Flush();
  std::vector<double> want;
  for (int64_t i = 0; i < dim; ++i) {
    EXPECT_NEAR(m.mean()[i], golden["mean"][i].get<double>(), 1e-11);
    for (int64_t j = 0; j <= i; ++j) want.push_back(golden["scatter"][i][j]);
  }
  ExpectScatterNear(m, want, 1e-11);  // the promise is 1e-9
}

TEST(Moments, ConstantColumnsHaveNoScatterAtAll) {
  constexpr int64_t kDim = 40;
  const Moments m = Of(FeatureRows(1500, kDim, 1), kDim);
  for (int64_t j = 0; j < kDim; ++j) {
    EXPECT_EQ(m.scatter_at(j, 0), 0.0);
    EXPECT_EQ(m.scatter_at(1, j), 0.0);
  }
  EXPECT_EQ(m.mean()[0], 0.0);
  EXPECT_EQ(m.mean()[1], double{7.1F});
  Moments d = Moments::Make(1).ValueOrDie();
  const std::vector<double> tenths(1700, 0.1);
  ASSERT_TRUE(d.Update(tenths.data(), 1700).ok());
  d.Flush();
  EXPECT_EQ(d.mean()[0], 0.1);
  EXPECT_EQ(d.scatter_at(0, 0), 0.0);
}

TEST(Moments, BitsDoNotDependOnCuts) {
  constexpr int64_t kDim = 70;
  const std::vector<float> rows = FeatureRows(1300, kDim, 2);
  const Moments whole = Of(rows, kDim);
  for (int64_t cut : {1, 7, 511, 512, 513}) ExpectSameBits(whole, Of(rows, kDim, cut));
}

TEST(Moments, FloatAndDoubleRowsGiveTheSameBits) {
  constexpr int64_t kDim = 33;
  const std::vector<float> rows = FeatureRows(700, kDim, 2);
  const std::vector<double> wide(rows.begin(), rows.end());
  Moments m = Moments::Make(kDim).ValueOrDie();
  ASSERT_TRUE(m.Update(wide.data(), 700).ok());
  m.Flush();
  ExpectSameBits(m, Of(rows, kDim));
}

TEST(Moments, BitsDoNotDependOnThreads) {
  constexpr int64_t kDim = 150;
  const std::vector<float> rows = FeatureRows(1300, kDim, 3);
  tbb::global_control control(tbb::global_control::max_allowed_parallelism, 4);
  const auto with_threads = [&](int threads) {
    tbb::task_arena arena(threads);
    return arena.execute([&] {
      Moments m = Of(rows, kDim);
      EXPECT_TRUE(m.Merge(Of(rows, kDim)).ok());
      return m;
    });
  };
  const Moments one = with_threads(1);
  ExpectSameBits(one, with_threads(2));
  ExpectSameBits(one, with_threads(4));
}

TEST(Moments, MergeIsTheMomentsOfAllRows) {
  constexpr int64_t kDim = 40;
  const std::vector<float> rows = FeatureRows(1000, kDim, 4);
  const std::vector<float> head(rows.begin(), rows.begin() + 300 * kDim);
  const std::vector<float> tail(rows.begin() + 300 * kDim, rows.end());
  Moments m = Of(head, kDim);
  ASSERT_TRUE(m.Merge(Of(tail, kDim)).ok());
  EXPECT_EQ(m.count(), 1000);
  ExpectScatterNear(m, PlainScatter(rows, kDim), 1e-11);
  EXPECT_EQ(m.scatter_at(1, 1), 0.0);
}

TEST(Moments, MergingNothingChangesNothing) {
  constexpr int64_t kDim = 20;
  const Moments some = Of(FeatureRows(600, kDim, 5), kDim);
  Moments empty = Moments::Make(kDim).ValueOrDie();
  Moments m = some;
  ASSERT_TRUE(m.Merge(empty).ok());
  ExpectSameBits(m, some);
  ASSERT_TRUE(empty.Merge(some).ok());
  ExpectSameBits(empty, some);
}

TEST(Moments, MergeRefusesOtherColumnsAndPendingRows) {
  Moments a = Moments::Make(3).ValueOrDie(), b = Moments::Make(4).ValueOrDie();
  EXPECT_TRUE(a.Merge(b).IsInvalid());
  const std::vector<float> row = {1, 2, 3};
  ASSERT_TRUE(a.Update(row.data(), 1).ok());
  EXPECT_EQ(a.count(), 0);
  EXPECT_EQ(a.pending_rows(), 1);
  EXPECT_TRUE(a.Merge(Moments::Make(3).ValueOrDie()).IsInvalid());
  EXPECT_TRUE(a.Serialize().status().IsInvalid());
}

TEST(Moments, NamesTheCellThatIsNotFinite) {
  Moments m = Moments::Make(3).ValueOrDie();
  for (float bad : {std::nanf(""), std::numeric_limits<float>::infinity()}) {
    const std::vector<float> rows = {1, 2, 3, 4, 5, bad};
    const Status status = m.Update(rows.data(), 2);
    EXPECT_TRUE(status.IsInvalid());
    EXPECT_NE(status.message().find("row 1, column 2"), std::string::npos) << status;
  }
  EXPECT_EQ(m.pending_rows(), 0);
}

TEST(Moments, MakeChecksTheNumberOfColumns) {
  EXPECT_TRUE(Moments::Make(0).status().IsInvalid());
  EXPECT_TRUE(Moments::Make(kMaxDim + 1).status().IsInvalid());
}

// The definition, written out: groups of 16, each from left to right.
TEST(MergeTree, StreamsInTheDefinedOrder) {
  constexpr int64_t kDim = 12;
  for (int64_t blocks : {1, 2, 15, 16, 17, 35}) {
    const auto load = [](int64_t b) -> Result<Moments> {
      return Of(FeatureRows(20 + b, kDim, static_cast<uint32_t>(b)), kDim);
    };
    std::vector<Moments> groups;
    for (int64_t b = 0; b < blocks; ++b) {
      if (b % 16 == 0) {
        groups.push_back(load(b).ValueOrDie());
      } else {
        ASSERT_TRUE(groups.back().Merge(load(b).ValueOrDie()).ok());
      }
    }
    for (size_t g = 1; g < groups.size(); ++g) {
      ASSERT_TRUE(groups[0].Merge(groups[g]).ok());
    }
    ExpectSameBits(MergeTree(blocks, load).ValueOrDie(), groups[0]);
    // Groups may be merged elsewhere and travel as files.
    const auto group = [&](int64_t g) -> Result<Moments> {
      ARROW_ASSIGN_OR_RAISE(const auto moments, MergeGroup(g, blocks, load));
      ARROW_ASSIGN_OR_RAISE(const auto bytes, moments.Serialize());
      return Moments::Deserialize(bytes);
    };
    ExpectSameBits(MergeGroups(NumMergeGroups(blocks), group).ValueOrDie(), groups[0]);
    EXPECT_TRUE(MergeGroup(NumMergeGroups(blocks), blocks, load).status().IsInvalid());
  }
}

TEST(MergeTree, PassesTheErrorOfALoadOn) {
  const auto load = [](int64_t) -> Result<Moments> { return Status::IOError("gone"); };
  EXPECT_TRUE(MergeTree(3, load).status().IsIOError());
  EXPECT_TRUE(MergeTree(0, load).status().IsInvalid());
}

}  // namespace
}  // namespace pomona::stats
