// SPDX-License-Identifier: Apache-2.0
#include "pomona/learn/training.h"

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tbb/global_control.h>

#include "pomona/learn/labelled.h"

#include "tests/contract/learn_rows.h"

namespace pomona::learn {
namespace {

using testing::HasSubstr;

TEST(Train, ChoosesWhatHeldOutRowsLikeBest) {
  TrainOptions options;
  int last = 0;
  options.progress = [&](int done, int of) {
    EXPECT_EQ(of, 6);
    last = done;
  };
  const Training training = Train(ExampleRows(), options).ValueOrDie();
  EXPECT_EQ(last, 6);
  EXPECT_EQ(training.tried.size(), Strengths(Method::kLda).size());
  EXPECT_EQ(training.held_out.rows(), kExampleRows);
  EXPECT_EQ(training.not_held_out, 0);
  double best = training.tried.front().log_loss;
  for (const Tried& tried : training.tried) best = std::min(best, tried.log_loss);
  EXPECT_NEAR(LogLoss(training.held_out, training.head.temperature), best, 1e-9);
  // Chance is 0.1 with a deviation of 0.02: the classes are of any fruit.
  EXPECT_GT(Accuracy(training.held_out), 0.16);
  EXPECT_TRUE(training.head.Validate().ok());
}

TEST(Train, DoesNotDependOnThreads) {
  for (const Method method : {Method::kLda, Method::kSoftmax}) {
    TrainOptions options;
    options.method = method;
    if (method == Method::kSoftmax) options.strength = 0.1;
    std::set<std::string> files;
    for (const size_t threads : {1, 2}) {
      const tbb::global_control limit(tbb::global_control::max_allowed_parallelism,
                                      threads);
      files.insert(
          Train(ExampleRows(), options).ValueOrDie().head.ToSafetensors().ValueOrDie());
    }
    EXPECT_EQ(files.size(), 1U) << MethodName(method);
  }
}

TEST(Train, SoftmaxIsCrossValidatedToo) {
  TrainOptions options;
  options.method = Method::kSoftmax;
  const Training training = Train(ExampleRows(), options).ValueOrDie();
  EXPECT_EQ(training.head.method, "softmax");
  EXPECT_EQ(training.tried.size(), Strengths(Method::kSoftmax).size());
  EXPECT_EQ(training.held_out.rows(), kExampleRows);
  EXPECT_GT(Accuracy(training.held_out), 0.16);
  EXPECT_TRUE(training.head.Validate().ok());
}

TEST(Train, UnbalancedClassesAreAsLikelyAsTheyAreCommon) {
  TrainingRows rows = ExampleRows();
  for (std::string& name : rows.classes) name = name == "class 0" ? "few" : "many";
  for (const Method method : {Method::kLda, Method::kSoftmax}) {
    TrainOptions options;
    options.method = method;
    options.strength = method == Method::kLda ? 0.9 : 0.3;
    double bias[2];
    for (const bool balance : {false, true}) {
      options.balance = balance;
      const Head head = Train(rows, options).ValueOrDie().head;
      bias[balance ? 1 : 0] = head.model.bias[0] - head.model.bias[1];
    }
    EXPECT_LT(bias[0], bias[1]) << MethodName(method);
  }
}

TEST(Train, HoldsGroupsOutTogether) {
  const TrainingRows rows = ExampleRows();
  const auto folds = DealFolds(rows, 5);
  std::map<std::string, std::set<int>> folds_of;
  for (size_t i = 0; i < folds.size(); ++i) folds_of[rows.groups[i]].insert(folds[i]);
  std::set<int> used;
  for (const auto& [group, own] : folds_of) {
    EXPECT_EQ(own.size(), 1U) << group;
    used.insert(own.begin(), own.end());
  }
  EXPECT_EQ(used.size(), 5U);
}

TEST(Train, AClassWithOneGroupIsTrainedButNotTested) {
  TrainingRows rows = ExampleRows();
  for (int i = 0; i < 28; ++i) rows.groups[static_cast<size_t>(i)] = "one";
  const Training training = Train(rows, {}).ValueOrDie();
  EXPECT_EQ(training.not_held_out, 28);
  EXPECT_EQ(training.head.classes.size(), 10U);
}

TEST(Train, SaysWhatItNeeds) {
  const auto error = [](TrainingRows rows, TrainOptions options = {}) {
    const auto training = Train(std::move(rows), options);
    return training.ok() ? "" : training.status().message();
  };
  TrainingRows one = ExampleRows();
  one.classes.assign(one.classes.size(), "apple");
  EXPECT_THAT(error(one), HasSubstr("pictures of 1 class"));
  TrainingRows together = ExampleRows();
  together.groups.assign(together.groups.size(), "all");
  EXPECT_THAT(error(together), HasSubstr("no class has two groups"));
  TrainOptions options;
  options.strength = 0;
  EXPECT_THAT(error(ExampleRows(), options), HasSubstr("shrinkage 0"));
  options = {};
  options.folds = 1;
  EXPECT_THAT(error(ExampleRows(), options), HasSubstr("folds 1"));
  options = {};
  options.coverage = 1;
  EXPECT_THAT(error(ExampleRows(), options), HasSubstr("coverage 1"));
  TrainingRows bad = ExampleRows();
  bad.rows[3] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THAT(error(bad), HasSubstr("column 3"));
}

TEST(NeighbourGroups, AreRunsByNameWithNumbersByValue) {
  const std::vector<std::string> paths = {"a/r_10.jpg", "a/r_9.jpg", "a/r_100.jpg",
                                          "a/r_1.jpg", "b/x.jpg"};
  const std::vector<std::string> classes = {"a", "a", "a", "a", "b"};
  const auto groups = NeighbourGroups(paths, classes, 2);
  EXPECT_EQ(groups[3], groups[1]);  // 1, 9
  EXPECT_EQ(groups[0], groups[2]);  // 10, 100
  EXPECT_NE(groups[0], groups[1]);
  EXPECT_EQ(groups[4], "0 of b");
}

}  // namespace
}  // namespace pomona::learn
