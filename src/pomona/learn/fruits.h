// SPDX-License-Identifier: Apache-2.0
// Which of a photo's regions (image/regions.h) are fruits: the head says.
#pragma once

#include <vector>

#include "pomona/base/status.h"
#include "pomona/learn/head.h"
#include "pomona/table/tables.h"

namespace pomona::learn {

// The head is sure of a picture that is known, with a word at least this probable.
inline constexpr double kSure = 0.7;

// Of rows that have regions, those of the photos themselves and of the fruits in them;
// others are given back as they are. fruit->index: 0 for the photo, then 1, 2, ...
// - A shape stands for one fruit, or its pieces do where the head is surer of them (the
//   mean over their areas of the probability, 0 where not known, is larger than its own)
//   or sure of two of different words.
// - Of windows that it is sure of and that overlap (by 1/2 of the smaller; 0.3 where the
// words differ) the most
//   probable stays.
// - A head that was trained from boxes (boxed.h) leaves out what it says is no fruit, and
//   widens boxes by its margins.
// The rows of a photo must follow each other, the photo itself first (Invalid).
Result<table::FeatureTable> KeepFruits(const Head& head, const table::FeatureTable& rows);

// Narrows what a head may answer to classes that are one of `kinds` or a variety of it
// ("Apple" keeps "Apple" and "Apple Golden"; case does not count). A head without such
// classes stays as it is; KeyError where no head has one of the kinds.
Status NarrowTo(const std::vector<std::string>& kinds, std::vector<Head>* heads);

}  // namespace pomona::learn
