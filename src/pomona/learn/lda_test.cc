// SPDX-License-Identifier: Apache-2.0
// Against scikit-learn (tests/golden/stats/make_lda.py).
#include "pomona/learn/lda.h"

#include <cmath>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pomona/base/safetensors.h"

#include "tests/contract/learn_rows.h"

namespace pomona::learn {
namespace {

constexpr int64_t kRows = kExampleRows;
constexpr int64_t kClasses = kExampleClasses;

struct Example {
  TrainingRows all = ExampleRows();
  int64_t dim = all.dim;
  std::vector<int32_t> classes;

  Example() {
    for (int32_t i = 0; i < kRows; ++i) classes.push_back(i * kClasses / kRows);
  }
  // Of rows first to last - 1.
  ClassMoments Moments(int64_t first, int64_t last) const {
    auto moments = ClassMoments::Make(dim, kClasses).ValueOrDie();
    EXPECT_TRUE(
        moments
            .Update(all.rows.data() + first * dim, classes.data() + first, last - first)
            .ok());
    moments.Flush();
    return moments;
  }
};

std::vector<double> ScoresOf(const Example& example, const LinearModel& model) {
  std::vector<double> scores(kRows * kClasses);
  model.Scores(example.all.rows.data(), kRows, scores.data());
  return scores;
}

TEST(Lda, AgreesWithScikitLearn) {
  const Example example;
  const std::string bytes = GoldenFile("lda.safetensors");
  const auto golden = ParseSafetensors(bytes).ValueOrDie();
  const Lda lda = Lda::Make(example.Moments(0, kRows)).ValueOrDie();
  for (const char* shrinkage : {"0.1", "0.5", "1.0"}) {
    const auto want =
        golden.tensors.at(std::string("scores_") + shrinkage).ToFloat64().ValueOrDie();
    const auto scores = ScoresOf(example, lda.Solve(std::stod(shrinkage)).ValueOrDie());
    // scikit-learn divides the scatter by n, not by n less the classes.
    const double factor = static_cast<double>(kRows) / (kRows - kClasses);
    double worst = 0;
    double largest = 0;
    for (size_t i = 0; i < want.size(); ++i) {
      const double got = factor * (scores[i] - scores[i - i % kClasses]);
      worst = std::max(worst, std::abs(got - want[i]));
      largest = std::max(largest, std::abs(want[i]));
    }
    EXPECT_LT(worst, 1e-5 * largest) << shrinkage;  // weights are float32
    RecordProperty(shrinkage, std::to_string(worst / largest));
  }
}

TEST(Lda, MergedMomentsGiveTheSameModel) {
  const Example example;
  ClassMoments merged = example.Moments(0, 100);
  ASSERT_TRUE(merged.Merge(example.Moments(100, kRows)).ok());
  const auto whole = Lda::Make(example.Moments(0, kRows)).ValueOrDie();
  const auto parts = Lda::Make(merged).ValueOrDie();
  const auto a = ScoresOf(example, whole.Solve(0.1).ValueOrDie());
  const auto b = ScoresOf(example, parts.Solve(0.1).ValueOrDie());
  for (size_t i = 0; i < a.size(); ++i) {
    ASSERT_NEAR(a[i], b[i], 1e-5 * std::max(1.0, std::abs(a[i])));
  }
}

TEST(Lda, AClassWithoutRowsIsNeverTheAnswer) {
  const Example example;
  const auto lda = Lda::Make(example.Moments(28, kRows)).ValueOrDie();
  const auto scores = ScoresOf(example, lda.Solve(0.1).ValueOrDie());
  for (size_t i = 0; i < scores.size(); i += kClasses) {
    EXPECT_EQ(scores[i], -std::numeric_limits<double>::infinity());
    EXPECT_TRUE(std::isfinite(scores[i + 1]));
  }
}

TEST(Lda, SaysWhatItNeeds) {
  const Example example;
  EXPECT_THAT(Lda::Make(example.Moments(0, 1)).status().message(),
              testing::HasSubstr("no class has two different pictures"));
  const auto lda = Lda::Make(example.Moments(0, kRows)).ValueOrDie();
  for (const double shrinkage : {0.0, -1.0, 1.1, std::nan("")}) {
    EXPECT_FALSE(lda.Solve(shrinkage).ok()) << shrinkage;
  }
  auto moments = example.Moments(0, kRows);
  EXPECT_FALSE(moments.Merge(ClassMoments::Make(example.dim, 3).ValueOrDie()).ok());
}

}  // namespace
}  // namespace pomona::learn
