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

}  // namespace
}  // namespace pomona::learn
