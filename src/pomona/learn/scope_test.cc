// SPDX-License-Identifier: Apache-2.0
#include "pomona/learn/scope.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pomona::learn {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Labelled Shown() {
  Labelled labelled;
  labelled.fruits = {"Tomato", "Avocado",  "Avocado", "Fig",
                     "Fig",    "Cucumber", "Cucumber"};
  labelled.rows.classes = {"unripe", "unripe", "ripe", "ripe", "ripe", "ripe", "unripe"};
  return labelled;
}

TEST(Scope, IsTheFruitsThatShowTwoWords) {
  EXPECT_THAT(FruitsToldApart(Shown(), Target::kMaturity),
              ElementsAre("Avocado", "Cucumber"));
  EXPECT_THAT(FruitsToldApart(Shown(), Target::kVariety), IsEmpty());
  Labelled open = Shown();
  open.fruits[3] = "";  // this label's fruit is not told: any fruit may be in it
  EXPECT_THAT(FruitsToldApart(open, Target::kMaturity), IsEmpty());
}

TEST(Scope, TravelsWithTheHead) {
  Head head;
  head.target = "maturity";
  KeepScope({}, &head);
  EXPECT_THAT(ScopeOf(head).ValueOrDie(), IsEmpty());
  KeepScope({"Avocado", "Fig"}, &head);
  EXPECT_THAT(ScopeOf(head).ValueOrDie(), ElementsAre("Avocado", "Fig"));
  for (const char* text : {"", "{}", "[]", "[1]", "[\"Fig\""}) {
    head.metadata["applies_to"] = text;
    EXPECT_THAT(ScopeOf(head).status().message(), HasSubstr("applies_to"));
  }
}

TEST(Scope, GoesByTheFruitThatIsAnswered) {
  Head head;
  Head fruit;
  fruit.classes = {"Avocado", "Fig"};
  Answer avocado;
  Answer fig;
  fig.best = 1;
  Answer unlike;
  unlike.known = false;
  const std::vector<Answer> fruits = {avocado, fig, unlike};
  EXPECT_THAT(InScope(head, &fruit, fruits, 3).ValueOrDie(), ElementsAre(1, 1, 1));
  KeepScope({"Avocado"}, &head);
  EXPECT_THAT(InScope(head, &fruit, fruits, 3).ValueOrDie(), ElementsAre(1, 0, 0));
  EXPECT_THAT(InScope(head, nullptr, {}, 3).ValueOrDie(), ElementsAre(1, 1, 1));
}

TEST(FitToFruit, KeepsTheVarietiesOfTheFruit) {
  Labelled labelled;
  labelled.fruits = {"Apple", "Apple", "Pear", "Pear"};
  labelled.rows.classes = {"Gala", "Red", "Red", "Anjou"};
  Head head;
  head.target = "variety";
  head.classes = {"Anjou", "Gala", "Red"};
  head.metadata["fruits_of"] = FruitsOfWords(labelled, Target::kVariety);
  EXPECT_EQ(head.metadata["fruits_of"],
            R"({"Anjou":["Pear"],"Gala":["Apple"],"Red":["Apple","Pear"]})");
  EXPECT_EQ(FruitsOfWords(labelled, Target::kFruit), "");
  Head fruit;
  fruit.classes = {"Apple", "Fig"};
  Answer apple;
  Answer fig;
  fig.best = 1;
  Answer unlike;
  unlike.known = false;
  const std::vector<Answer> fruits = {apple, fig, unlike, apple};
  const Answer anjou{{0.5, 0.125, 0.375}, 0, {0, 2}, 0, true};
  const Answer surely{{1, 0, 0}, 0, {0}, 0, true};
  std::vector<Answer> answers = {anjou, anjou, anjou, surely};
  ASSERT_TRUE(FitToFruit(head, &fruit, fruits, &answers).ok());
  EXPECT_EQ(answers[0].best, 2);
  EXPECT_THAT(answers[0].probabilities, ElementsAre(0, 0.25, 0.75));
  EXPECT_THAT(answers[0].set, ElementsAre(2));
  EXPECT_EQ(answers[1].best, 0);  // the head has no word of a fig
  EXPECT_EQ(answers[2].best, 0);
  EXPECT_THAT(answers[3].probabilities, ElementsAre(0, 0.5, 0.5));
  EXPECT_THAT(answers[3].set, ElementsAre(1));
  head.metadata["fruits_of"] = R"({"Anjou":["Pear"]})";
  EXPECT_THAT(FitToFruit(head, &fruit, fruits, &answers).message(),
              HasSubstr("fruits_of"));
}

}  // namespace
}  // namespace pomona::learn
