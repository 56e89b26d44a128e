// SPDX-License-Identifier: Apache-2.0
// The wanted numbers are scikit-learn 1.9's: accuracy_score, f1_score(average="macro"),
// log_loss, confusion_matrix; the calibration error by hand.
#include "pomona/learn/figures.h"

#include <cmath>

#include <gtest/gtest.h>

namespace pomona::learn {
namespace {

Answer Said(std::vector<double> p, std::vector<int32_t> set, bool known = true) {
  Answer answer;
  answer.best = set.front();
  answer.probabilities = std::move(p);
  answer.set = std::move(set);
  answer.known = known;
  return answer;
}

TEST(Figures, TellHowFarProbabilitiesSeparate) {
  const std::vector<Answer> answers = {Said({0.9, 0.1}, {0}), Said({0.4, 0.6}, {1}),
                                       Said({0.6, 0.4}, {0}), Said({0.1, 0.9}, {1})};
  // roc_auc_score: 0.75 for either class.
  EXPECT_DOUBLE_EQ(Measure({"a", "b"}, answers, {0, 0, 1, 1}).ValueOrDie().auroc, 0.75);
  const auto one = Measure({"a", "b"}, answers, {0, 0, 0, 0}).ValueOrDie();
  EXPECT_TRUE(std::isnan(one.auroc));
  EXPECT_NE(one.ToJson().find("\"auroc\": null"), std::string::npos);
}

TEST(Figures, AreThoseOfScikitLearn) {
  const std::vector<Answer> answers = {
      Said({0.9, 0.1, 0}, {0}), Said({0.4, 0.5, 0.1}, {1, 0}, false),
      Said({0.2, 0.8, 0}, {1}), Said({0.05, 0.95, 0}, {1})};
  const auto f = Measure({"a", "b", "c"}, answers, {0, 0, 1, 1}).ValueOrDie();
  EXPECT_EQ(f.rows, 4);
  EXPECT_DOUBLE_EQ(f.accuracy, 0.75);
  EXPECT_NEAR(f.macro_f1, 0.7333333333, 1e-9);
  EXPECT_NEAR(f.log_loss, 0.3240220, 1e-7);
  EXPECT_DOUBLE_EQ(f.coverage, 1);
  EXPECT_DOUBLE_EQ(f.set_size, 1.25);
  EXPECT_DOUBLE_EQ(f.unknown, 0.25);
  EXPECT_DOUBLE_EQ(f.auroc, 1);
  EXPECT_NEAR(f.calibration_error, (0.1 + 0.5 + 0.2 + 0.05) / 4, 1e-12);
  EXPECT_EQ(f.confusion, (std::vector<int64_t>{1, 1, 0, 0, 2, 0, 0, 0, 0}));
  EXPECT_EQ(f.set_sizes, (std::vector<int64_t>{0, 3, 1, 0}));
  int64_t binned = 0;
  for (const CalibrationBin& bin : f.calibration) binned += bin.rows;
  EXPECT_EQ(binned, 4);
  EXPECT_EQ(f.calibration[7].rows, 1);  // 0.5 of 15 bins
  EXPECT_DOUBLE_EQ(f.calibration[7].probability, 0.5);
  EXPECT_EQ(f.calibration[7].right, 0);
  EXPECT_EQ(f.ConfusionCsv(), "truth,a,b,c\na,1,1,0\nb,0,2,0\nc,0,0,0\n");
  const auto worst = WorstConfusions(f, 5);
  ASSERT_EQ(worst.size(), 1U);
  EXPECT_EQ(worst[0].truth, 0U);
  EXPECT_EQ(worst[0].answer, 1U);
  EXPECT_DOUBLE_EQ(worst[0].share, 0.5);
  EXPECT_EQ(f.classes[2].f1(), 0);
  EXPECT_EQ(f.classes[1].precision(), 2.0 / 3);
  EXPECT_EQ(f.classes[0].recall(), 0.5);
}

TEST(Figures, NamesInCsvAreQuoted) {
  const auto f = Measure({"a,b", "say \"c\""}, {Said({1, 0}, {0})}, {0}).ValueOrDie();
  EXPECT_EQ(f.ClassesCsv(),
            "name,pictures,precision,recall,f1\n"
            "\"a,b\",1,1.000000,1.000000,1.000000\n"
            "\"say \"\"c\"\"\",0,0.000000,0.000000,0.000000\n");
}

// sklearn.metrics.roc_auc_score([0, 0, 0, 1, 1], [0.1, 0.2, 0.4, 0.3, 0.4]).
TEST(Figures, SeparationIsTheAreaUnderTheRocCurve) {
  EXPECT_NEAR(Separation({0.4, 0.1, 0.2}, {0.3, 0.4}), 0.75, 1e-12);
}

TEST(Figures, NeedAPicture) { EXPECT_FALSE(Measure({"a"}, {}, {}).ok()); }

}  // namespace
}  // namespace pomona::learn
