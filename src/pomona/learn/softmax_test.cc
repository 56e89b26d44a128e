// SPDX-License-Identifier: Apache-2.0
// Against scikit-learn (tests/golden/stats/make_softmax.py).
#include "pomona/learn/softmax.h"

#include <cmath>
#include <limits>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tbb/global_control.h>

#include "pomona/base/safetensors.h"

#include "tests/contract/learn_rows.h"

namespace pomona::learn {
namespace {

// 28 rows of the first class, two fewer of each next one.
struct Example {
  int64_t dim = 0;
  std::vector<float> rows;
  std::vector<int32_t> classes;

  Example() {
    const TrainingRows all = ExampleRows();
    dim = all.dim;
    for (int32_t i = 0; i < kExampleRows; ++i) {
      const int32_t c = i / 28;
      if (i % 28 >= 28 - 2 * c) continue;
      classes.push_back(c);
      const auto row = all.rows.begin() + i * dim;
      rows.insert(rows.end(), row, row + dim);
    }
  }
  int64_t count() const { return static_cast<int64_t>(classes.size()); }
  ClassedRows From(int64_t first, int64_t end) const {
    return {rows.data() + first * dim, classes.data() + first, end - first};
  }
  Softmax Make(bool balance = true) const {
    return Softmax::Make({From(0, 100), From(100, count())}, dim, kExampleClasses,
                         balance)
        .ValueOrDie();
  }
  std::vector<double> Scores(const LinearModel& model) const {
    std::vector<double> scores(static_cast<size_t>(count() * kExampleClasses));
    model.Scores(rows.data(), count(), scores.data());
    return scores;
  }
};

TEST(Softmax, AgreesWithScikitLearn) {
  const Example example;
  const std::string bytes = GoldenFile("softmax.safetensors");
  const auto golden = ParseSafetensors(bytes).ValueOrDie();
  for (const bool balance : {false, true}) {
    Softmax softmax = example.Make(balance);
    for (const char* penalty : {"0.1", "0.001"}) {
      const std::string name = std::string(penalty) + (balance ? "_balanced" : "_plain");
      const auto model = softmax.Solve(std::stod(penalty), 1e-7).ValueOrDie();
      const auto lowest =
          golden.tensors.at("objective_" + name).ToFloat64().ValueOrDie()[0];
      EXPECT_NEAR(softmax.objective(), lowest, 1e-5 * lowest) << name;
      const auto want = golden.tensors.at("scores_" + name).ToFloat64().ValueOrDie();
      const auto scores = example.Scores(model);
      double worst = 0;
      double largest = 0;
      for (size_t i = 0; i < want.size(); ++i) {
        const double got = scores[i] - scores[i - i % kExampleClasses];
        worst = std::max(worst, std::abs(got - want[i]));
        largest = std::max(largest, std::abs(want[i]));
      }
      EXPECT_LT(worst, 3e-3 * largest) << name;  // the bottom is flat
      RecordProperty(name, std::to_string(worst / largest));
    }
  }
}

TEST(Softmax, EndsAtTheSamePlaceFromAnywhere) {
  const Example example;
  Softmax warm = example.Make();
  ASSERT_TRUE(warm.Solve(0.3).ok());
  ASSERT_TRUE(warm.Solve(0.01).ok());
  Softmax cold = example.Make();
  ASSERT_TRUE(cold.Solve(0.01).ok());
  EXPECT_NEAR(warm.objective(), cold.objective(), 1e-4 * cold.objective());
}

TEST(Softmax, DoesNotDependOnThreads) {
  const Example example;
  std::set<std::vector<float>> weights;
  for (const size_t threads : {1, 2}) {
    const tbb::global_control limit(tbb::global_control::max_allowed_parallelism,
                                    threads);
    weights.insert(example.Make().Solve(0.01).ValueOrDie().weights);
  }
  EXPECT_EQ(weights.size(), 1U);
}

TEST(Softmax, AClassWithoutRowsIsNeverTheAnswer) {
  const Example example;
  auto softmax = Softmax::Make({example.From(28, example.count())}, example.dim,
                               kExampleClasses, true)
                     .ValueOrDie();
  const auto scores = example.Scores(softmax.Solve(0.1).ValueOrDie());
  for (size_t i = 0; i < scores.size(); i += kExampleClasses) {
    EXPECT_EQ(scores[i], -std::numeric_limits<double>::infinity());
    EXPECT_TRUE(std::isfinite(scores[i + 1]));
  }
}

TEST(Softmax, AConstantColumnHasNoWeight) {
  Example example;
  for (int64_t i = 0; i < example.count(); ++i) {
    example.rows[static_cast<size_t>(i * example.dim + 5)] = 0.1F;
  }
  const auto model = example.Make().Solve(0.1).ValueOrDie();
  for (int64_t c = 0; c < kExampleClasses; ++c) {
    EXPECT_EQ(model.weights[static_cast<size_t>(c * example.dim + 5)], 0);
  }
}

TEST(Softmax, SaysWhatItNeeds) {
  const Example example;
  const auto error = [&](std::vector<ClassedRows> parts) {
    return Softmax::Make(parts, example.dim, kExampleClasses, true).status().message();
  };
  EXPECT_THAT(error({example.From(0, 28)}), testing::HasSubstr("rows of 1 class"));
  EXPECT_THAT(error({}), testing::HasSubstr("rows of 0 class"));
  const std::vector<float> same(static_cast<size_t>(2 * example.dim), 1.5F);
  const std::vector<int32_t> two = {0, 1};
  EXPECT_THAT(error({{same.data(), two.data(), 2}}), testing::HasSubstr("the same row"));
  Softmax softmax = example.Make();
  for (const double penalty : {0.0, -1.0, std::nan("")}) {
    EXPECT_FALSE(softmax.Solve(penalty).ok()) << penalty;
  }
}

}  // namespace
}  // namespace pomona::learn
