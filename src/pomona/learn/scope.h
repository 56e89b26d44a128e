// SPDX-License-Identifier: Apache-2.0
// Which fruits a head may speak of. How ripe or sound something is means another thing
// for every fruit: of a fruit that the training never showed, an answer is worthless.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "pomona/base/status.h"
#include "pomona/learn/head.h"
#include "pomona/learn/labelled.h"

namespace pomona::learn {

// The fruits of which `labelled` shows two words or more, sorted: a fruit that is always
// unripe there teaches nobody what unripe is. For maturity and health alone; empty where
// the taxonomy does not tell the fruit of each label.
std::vector<std::string> FruitsToldApart(const Labelled& labelled, Target target);

// What `pomona train` keeps of that in the head's metadata ("applies_to", JSON), and
// back: empty for a head of any fruit. Invalid where the text is damaged.
void KeepScope(const std::vector<std::string>& fruits, Head* head);
Result<std::vector<std::string>> ScopeOf(const Head& head);

// Of each row whether `head` may speak of it, by what `fruit` answers; all of them where
// there is no head of the fruit (nullptr) or `head` is for any fruit. A fruit that is not
// known is none of them.
Result<std::vector<char>> InScope(const Head& head, const Head* fruit,
                                  const std::vector<Answer>& fruits, int64_t rows);

// Of which fruits each word of `labelled` is, for varieties: what `pomona train` keeps in
// the head's metadata ("fruits_of"), as JSON; "" for other targets, and where the
// taxonomy does not tell the fruit of each label.
std::string FruitsOfWords(const Labelled& labelled, Target target);

// Takes out of `answers`, of a head with "fruits_of", the words of other fruits than the
// one that `fruit` answers: a pear's variety is no name of a tomato. Probabilities are
// among the words left, candidates those left of them, or the best. Rows whose fruit is
// not known, or of which the head has no word, stay as they are. Invalid where the text
// is damaged.
Status FitToFruit(const Head& head, const Head* fruit, const std::vector<Answer>& fruits,
                  std::vector<Answer>* answers);

}  // namespace pomona::learn
