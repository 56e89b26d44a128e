// SPDX-License-Identifier: Apache-2.0
#include "pomona/stats/kernel.h"

#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "pomona/stats/aligned.h"

namespace pomona::stats::internal {
namespace {

AlignedVector RandomVector(int64_t n, uint32_t seed, double share = 1.0) {
  std::mt19937 random(seed);
  std::normal_distribution<double> normal;
  std::uniform_real_distribution<double> uniform;
  AlignedVector v(n);
  for (double& x : v) x = uniform(random) < share ? normal(random) : 0.0;
  return v;
}

// Every table that this CPU runs gives the reference's bits.
class KernelTest : public testing::TestWithParam<Kernels> {
 protected:
  void SetUp() override {
    if (DetectCpu().isa < GetParam().isa) GTEST_SKIP() << "this CPU cannot run it";
  }
};

TEST_P(KernelTest, CombineLists) {
  constexpr int64_t kRows = 512, kLists = 7;
  const AlignedVector panel = RandomVector(kRows * kPanel, 1);
  std::vector<int64_t> start = {0};
  std::vector<uint16_t> index;
  std::vector<double> value;
  for (int64_t i = 0; i < kLists; ++i) {
    const AlignedVector column = RandomVector(kRows, 2 + i, 0.15 * i);
    for (int64_t r = 0; r < kRows; ++r) {
      if (column[r] == 0) continue;
      index.push_back(r);
      value.push_back(column[r]);
    }
    start.push_back(static_cast<int64_t>(index.size()));
  }
  const SparseLists lists = {start.data(), index.data(), value.data()};
  AlignedVector got(kLists * kPanel, -1), want(kLists * kPanel, -2);
  GetParam().combine_lists(panel.data(), lists, 0, kLists, got.data());
  kReferenceKernels.combine_lists(panel.data(), lists, 0, kLists, want.data());
  EXPECT_EQ(got, want);
}

TEST_P(KernelTest, CombineDense) {
  for (int64_t rows : {1, 2, 511, 512}) {
    const AlignedVector panel = RandomVector(rows * kPanel, 1);
    const AlignedVector left = RandomVector(rows * kPanel, 2, 0.7);
    for (int64_t column : {int64_t{0}, int64_t{8}, kPanel - kGroup}) {
      AlignedVector got(kGroup * kPanel, -1), want(kGroup * kPanel, -2);
      GetParam().combine_dense(panel.data(), left.data(), column, rows, got.data());
      kReferenceKernels.combine_dense(panel.data(), left.data(), column, rows,
                                      want.data());
      EXPECT_EQ(got, want) << rows << " rows, column " << column;
    }
  }
}

TEST_P(KernelTest, AddProducts) {
  const AlignedVector p = RandomVector(32, 1), u = RandomVector(32, 2),
                      v = RandomVector(32, 3);
  for (int64_t n : {0, 1, 5, 31, 32}) {
    AlignedVector got = RandomVector(32, 4), want = got;
    GetParam().add_products(p.data(), 0.3, u.data(), -7.1, v.data(), n, got.data());
    kReferenceKernels.add_products(p.data(), 0.3, u.data(), -7.1, v.data(), n,
                                   want.data());
    EXPECT_EQ(got, want) << n;
  }
}

TEST_P(KernelTest, SymvRows) {
  for (int64_t n : {1, 7, 8, 9, 100, 129}) {
    const AlignedVector a = RandomVector(n * (n + 1) / 2, 1), x = RandomVector(n, 2);
    AlignedVector got = RandomVector(n, 3), want = got;
    GetParam().symv_rows(a.data(), n / 3, n, x.data(), got.data());
    kReferenceKernels.symv_rows(a.data(), n / 3, n, x.data(), want.data());
    EXPECT_EQ(got, want) << n;
  }
}

TEST(Kernels, SymvIsTheSymmetricProduct) {
  constexpr int64_t kN = 37;
  const AlignedVector a = RandomVector(kN * (kN + 1) / 2, 1), x = RandomVector(kN, 2);
  AlignedVector y(kN);
  BestKernels().symv_rows(a.data(), 0, kN, x.data(), y.data());
  for (int64_t i = 0; i < kN; ++i) {
    double want = 0;
    for (int64_t j = 0; j < kN; ++j) {
      const int64_t low = std::min(i, j), high = std::max(i, j);
      want += a[high * (high + 1) / 2 + low] * x[j];
    }
    EXPECT_NEAR(y[i], want, 1e-12);
  }
}

INSTANTIATE_TEST_SUITE_P(All, KernelTest, testing::ValuesIn(AllKernels()),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace pomona::stats::internal
