// SPDX-License-Identifier: Apache-2.0
#include "pomona/learn/calibration.h"

#include <cmath>
#include <limits>
#include <random>

#include <gtest/gtest.h>

namespace pomona::learn {
namespace {

// Rows whose truth is drawn with the probabilities softmax(scores / temperature).
Scored Drawn(int64_t rows, double temperature, uint32_t seed) {
  constexpr size_t kClasses = 5;
  std::mt19937 random(seed);
  std::normal_distribution<double> normal(0, 4);
  Scored scored;
  scored.classes = kClasses;
  for (int64_t i = 0; i < rows; ++i) {
    std::vector<double> p(kClasses);
    for (double& s : p) scored.scores.push_back(s = normal(random));
    ToProbabilities(p, temperature);
    std::discrete_distribution<int32_t> draw(p.begin(), p.end());
    scored.truth.push_back(draw(random));
  }
  return scored;
}

TEST(ToProbabilities, IsSoftmax) {
  std::vector<double> p = {1000, 1000 + std::log(3.0),
                           -std::numeric_limits<double>::infinity()};
  ToProbabilities(p, 1);
  EXPECT_NEAR(p[0], 0.25, 1e-12);
  EXPECT_NEAR(p[1], 0.75, 1e-12);
  EXPECT_EQ(p[2], 0);
}

TEST(FitTemperature, FindsTheOneThatDrewTheTruth) {
  for (const double temperature : {0.5, 2.0, 7.0}) {
    const Scored scored = Drawn(20'000, temperature, 1);
    const double found = FitTemperature(scored);
    EXPECT_NEAR(found / temperature, 1, 0.05);
    EXPECT_LT(LogLoss(scored, found), LogLoss(scored, 1.3 * found));
    EXPECT_LT(LogLoss(scored, found), LogLoss(scored, found / 1.3));
  }
}

TEST(LogLoss, StaysFiniteWhereAProbabilityDoesNot) {
  Scored scored;
  scored.classes = 2;
  scored.scores = {0, 5000};
  scored.truth = {0};
  EXPECT_NEAR(LogLoss(scored, 1), 5000, 1e-9);
  EXPECT_EQ(Accuracy(scored), 0);
}

TEST(FitSetThreshold, CoversNewRowsAsOftenAsPromised) {
  for (const double coverage : {0.8, 0.9, 0.99}) {
    const double threshold = FitSetThreshold(Drawn(5'000, 2, 2), 2, coverage);
    const Scored fresh = Drawn(20'000, 2, 3);
    int64_t held = 0;
    for (int64_t i = 0; i < fresh.rows(); ++i) {
      std::vector<double> p(fresh.row(i).begin(), fresh.row(i).end());
      ToProbabilities(p, 2);
      const auto truth = static_cast<size_t>(fresh.truth[static_cast<size_t>(i)]);
      held += p[truth] >= threshold ? 1 : 0;
    }
    EXPECT_NEAR(static_cast<double>(held) / 20'000, coverage, 0.015);
  }
}

TEST(ConformalQuantile, IsTheRankAndInfinityWhereThereAreTooFew) {
  EXPECT_EQ(ConformalQuantile({3, 1, 2, 4}, 0.5), 3);  // ceil(5 * 0.5) = 3rd
  EXPECT_EQ(ConformalQuantile({3, 1, 2, 4}, 0.8), 4);
  EXPECT_TRUE(std::isinf(ConformalQuantile({3, 1, 2, 4}, 0.9)));
  EXPECT_TRUE(std::isinf(ConformalQuantile({}, 0.5)));
  EXPECT_EQ(ConformalQuantile({3, 1}, 0.0), 1);
}

}  // namespace
}  // namespace pomona::learn
