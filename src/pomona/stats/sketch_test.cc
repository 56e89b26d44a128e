// SPDX-License-Identifier: Apache-2.0
#include "pomona/stats/sketch.h"

#include <cmath>
#include <cstring>
#include <numeric>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pomona/base/hash.h"
#include "pomona/stats/fit_state.h"

namespace pomona::stats {
namespace {

using ::testing::HasSubstr;

constexpr int64_t kDim = 96;
constexpr int64_t kRows = 2'000;

// Like features: 0 or more, mostly near a plane of `directions`, columns of very
// different deviations, two of them constant.
std::vector<double> Made(int64_t n, int64_t directions, uint32_t seed = 1) {
  std::mt19937 random(7);
  std::normal_distribution<double> normal;
  std::vector<double> plane(directions * kDim);
  for (double& x : plane) x = normal(random);
  random.seed(seed);
  std::vector<double> rows(n * kDim);
  std::vector<double> at(directions);
  for (int64_t r = 0; r < n; ++r) {
    for (int64_t d = 0; d < directions; ++d) {
      at[d] = normal(random) / (1.0 + static_cast<double>(d));
    }
    for (int64_t i = 0; i < kDim; ++i) {
      double x = 0.15 * normal(random);
      for (int64_t d = 0; d < directions; ++d) x += at[d] * plane[d * kDim + i];
      rows[r * kDim + i] = std::max(0.0, x + 0.5) * std::pow(10.0, i % 5 - 2);
    }
    rows[r * kDim + 3] = 1e6;
    rows[r * kDim + 50] = 0;
  }
  return rows;
}

Sketch Of(const std::vector<double>& rows, int64_t rank, int64_t step = 100'000) {
  auto sketch = Sketch::Make(kDim, rank);
  EXPECT_TRUE(sketch.ok()) << sketch.status();
  const auto n = static_cast<int64_t>(rows.size()) / kDim;
  for (int64_t at = 0; at < n; at += step) {
    EXPECT_TRUE(sketch->Update(rows.data() + at * kDim, std::min(step, n - at)).ok());
  }
  EXPECT_TRUE(sketch->Flush().ok());
  return *sketch;
}

Moments Exact(const std::vector<double>& rows) {
  auto moments = Moments::Make(kDim);
  EXPECT_TRUE(
      moments->Update(rows.data(), static_cast<int64_t>(rows.size()) / kDim).ok());
  moments->Flush();
  return *moments;
}

std::string Bytes(const Sketch& sketch) { return *sketch.Serialize(); }

// Variance of `rows`, scaled, along each component of a reducer, as shares.
std::vector<double> TrueShares(const Reducer& reducer, const Moments& moments) {
  std::vector<double> shares;
  const double n1 = static_cast<double>(moments.count() - 1);
  for (int64_t c = 0; c < reducer.k(); ++c) {
    const double* v = reducer.components.data() + c * kDim;
    double sum = 0;
    for (int64_t i = 0; i < kDim; ++i) {
      for (int64_t j = 0; j < kDim; ++j) {
        if (reducer.scale[i] == 0 || reducer.scale[j] == 0) continue;
        sum += v[i] * v[j] * moments.scatter_at(i, j) /
               (reducer.scale[i] * reducer.scale[j] * n1);
      }
    }
    shares.push_back(sum / reducer.total_variance);
  }
  return shares;
}

double Sum(const std::vector<double>& v) {
  return std::accumulate(v.begin(), v.end(), 0.0);
}

double Explained(const Reducer& reducer) {
  auto ratio = reducer.explained_variance_ratio();
  ratio.resize(reducer.k());
  return Sum(ratio);
}

TEST(SketchTest, MeanAndVariancesAreExact) {
  const auto rows = Made(kRows, 20);
  const Sketch sketch = Of(rows, 16);
  const Moments moments = Exact(rows);
  EXPECT_EQ(sketch.count(), kRows);
  for (int64_t i = 0; i < kDim; ++i) {
    EXPECT_NEAR(sketch.mean()[i], moments.mean()[i], 1e-12 * moments.mean()[i]);
    EXPECT_NEAR(sketch.squares()[i], moments.scatter_at(i, i),
                1e-11 * moments.scatter_at(i, i));
  }
  EXPECT_EQ(sketch.squares()[3], 0);
  EXPECT_EQ(sketch.squares()[50], 0);
}

TEST(SketchTest, NothingIsLostWhileRowsFit) {
  const auto rows = Made(40, 20);
  const Sketch sketch = Of(rows, 64);
  EXPECT_EQ(sketch.lost(), 0);
  FitOptions options;
  options.components = 10;
  for (const bool scale : {true, false}) {
    options.scale = scale;
    const auto found = *FitReducer(sketch, options);
    const auto wanted = *FitReducer(Exact(rows), options);
    EXPECT_EQ(found.method, "sketch");
    EXPECT_EQ(found.sketch->missed, 0);
    EXPECT_NEAR(found.total_variance, wanted.total_variance,
                1e-12 * wanted.total_variance);
    for (int64_t c = 0; c < 10; ++c) {
      EXPECT_NEAR(found.eigenvalues[c], wanted.eigenvalues[c],
                  1e-10 * wanted.eigenvalues[0]);
    }
    for (size_t i = 0; i < found.components.size(); ++i) {
      EXPECT_NEAR(found.components[i], wanted.components[i], 1e-7);
    }
  }
}

// Fewer columns vary than the sketch keeps rows.
TEST(SketchTest, OfAllColumnsItIsExact) {
  const auto rows = Made(kRows, 20);
  const Sketch sketch = Of(rows, 500);
  EXPECT_EQ(sketch.rank(), kDim);
  FitOptions options;
  options.variance = 0.99;
  const auto found = *FitReducer(sketch, options);
  const auto wanted = *FitReducer(Exact(rows), options);
  ASSERT_EQ(found.k(), wanted.k());
  for (int64_t c = 0; c < found.k(); ++c) {
    EXPECT_NEAR(found.eigenvalues[c], wanted.eigenvalues[c],
                1e-10 * wanted.eigenvalues[0]);
  }
}

TEST(SketchTest, ComponentsExplainWhatTheySayAndTheBoundHolds) {
  const auto rows = Made(kRows, 20);
  const Moments moments = Exact(rows);
  for (const auto convention : {Convention::kSpark, Convention::kSklearn}) {
    FitOptions options;
    options.components = 6;
    options.convention = convention;
    const double wanted = Explained(*FitReducer(moments, options));
    for (const int64_t rank : {12, 24, 48}) {
      const auto found = *FitReducer(Of(rows, rank), options);
      const double said = Explained(found);
      const double truth = Sum(TrueShares(found, moments));
      EXPECT_LE(said, truth + 1e-12) << rank;
      EXPECT_LE(truth, wanted + 1e-12) << rank;
      EXPECT_GE(said + found.sketch->missed, wanted) << rank;
      EXPECT_LT(found.sketch->missed, 0.25) << rank;
      EXPECT_GT(said, 0.98 * wanted) << rank;
      EXPECT_LE(found.sketch->missed, found.sketch->outside) << rank;
    }
  }
}

TEST(SketchTest, BitsDoNotDependOnHowRowsCame) {
  const auto rows = Made(1'300, 20);
  const std::string whole = Bytes(Of(rows, 16));
  EXPECT_EQ(whole, Bytes(Of(rows, 16, 1)));
  EXPECT_EQ(whole, Bytes(Of(rows, 16, 511)));
}

TEST(SketchTest, MergedSketchesAreAsGood) {
  const auto rows = Made(kRows, 20);
  std::vector<double> first(rows.begin(), rows.begin() + 700 * kDim);
  std::vector<double> rest(rows.begin() + 700 * kDim, rows.end());
  Sketch sum = *Sketch::Make(kDim, 24);
  ASSERT_TRUE(sum.Merge(Of(first, 24)).ok());
  ASSERT_TRUE(sum.Merge(*Sketch::Make(kDim, 24)).ok());
  ASSERT_TRUE(sum.Merge(Of(rest, 24)).ok());
  FitOptions options;
  options.components = 6;
  const auto found = *FitReducer(sum, options);
  const Moments moments = Exact(rows);
  const double wanted = Explained(*FitReducer(moments, options));
  EXPECT_EQ(sum.count(), kRows);
  EXPECT_EQ(sum.squares()[3], 0);
  EXPECT_GT(Explained(found), 0.98 * wanted);
  EXPECT_LE(Sum(TrueShares(found, moments)), wanted + 1e-12);
  EXPECT_FALSE(sum.Merge(Of(rest, 25)).ok());
}

TEST(SketchTest, FileComesBack) {
  for (const int64_t n : {1, 10, 1'000}) {
    const std::string file = Bytes(Of(Made(n, 20), 24));
    const auto back = Sketch::Deserialize(file);
    ASSERT_TRUE(back.ok()) << back.status();
    EXPECT_EQ(Bytes(*back), file);
  }
  // Rows with more variance than the file says.
  std::string file = Bytes(Of(Made(1'000, 20), 24));
  constexpr size_t kHeader = 40, kPayload = 104, kSquares = kPayload + 8 * (3 + kDim);
  const double less = 1e-12;
  std::memcpy(file.data() + kSquares, &less, sizeof(less));
  file.replace(kHeader, kPayload - kHeader,
               HexSha256(file.substr(0, kHeader) + file.substr(kPayload)));
  EXPECT_THAT(Sketch::Deserialize(file).status().message(), HasSubstr("more variance"));
  EXPECT_THAT(Moments::Deserialize(Bytes(Of(Made(9, 20), 24))).status().message(),
              HasSubstr("sketch"));
  EXPECT_FALSE(Sketch::Deserialize(*Exact(Made(9, 20)).Serialize()).ok());
}

TEST(SketchTest, SaysWhatItCannotDo) {
  const Sketch sketch = Of(Made(kRows, 20), 12);
  FitOptions options;
  options.components = 13;
  EXPECT_THAT(FitReducer(sketch, options).status().message(), HasSubstr("--pca exact"));
  options.components.reset();
  options.variance = 0.9999;
  EXPECT_THAT(FitReducer(sketch, options).status().message(), HasSubstr("holds 0."));
  EXPECT_FALSE(Sketch::Make(0, 4).ok());
  EXPECT_FALSE(Sketch::Make(kDim, 0).ok());
  auto rows = Made(3, 20);
  rows[kDim + 5] = INFINITY;
  Sketch empty = *Sketch::Make(kDim, 4);
  EXPECT_THAT(empty.Update(rows.data(), 3).message(), HasSubstr("row 1, column 5"));
  EXPECT_EQ(empty.pending_rows(), 0);
  EXPECT_FALSE(FitReducer(empty, FitOptions()).ok());
  rows[kDim + 5] = 1e200;
  ASSERT_TRUE(empty.Update(rows.data(), 3).ok());
  EXPECT_THAT(empty.Flush().message(), HasSubstr("column 5: the squares"));
}

}  // namespace
}  // namespace pomona::stats
