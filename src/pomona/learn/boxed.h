// SPDX-License-Identifier: Apache-2.0
// Training from a user's boxes: what his boxes say of the regions that are found in his
// photos without them (image/regions.h).
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "pomona/base/status.h"
#include "pomona/learn/box_file.h"
#include "pomona/learn/head.h"
#include "pomona/learn/labelled.h"

namespace pomona::learn {

// The answer for a region that is none of the labels: predicting leaves it out.
inline constexpr char kNoFruit[] = "no fruit";

// How far a user's box reaches beyond the region that is found, as shares of the region's
// width and height: negative, to the left and to the top.
struct Margin {
  double left = 0, top = 0, right = 0, bottom = 0;
  int64_t pairs = 0;  // that it is the median of; under kMarginPairs it stays 0
};
inline constexpr int64_t kMarginPairs = 3;

struct Boxed {
  Labelled labelled;  // groups are photos
  int64_t photos = 0;
  int64_t photos_without = 0;  // of which the file says nothing: left out
  int64_t boxes = 0;
  int64_t pairs = 0;     // boxes that a region meets
  int64_t no_fruit = 0;  // regions of rows that are kNoFruit
  Margin shapes;         // of regions with an outline
  Margin windows;
};

// Of `source`, rows with regions. A box and the region that it shares the most with, by
// 0.3 or more of both together, are a pair, and the region's row is of the box's label;
// so are other regions that share 0.5 with it. Regions that have no more than 0.1 of
// their own or of a box in common with any are kNoFruit, at most as many as those with
// labels, evenly chosen. Invalid names the photo that is not there, and the box that does
// not lie in its photo. A photo is named by its path, or by the end of it where that is
// only one's.
Result<Boxed> ReadBoxed(const std::string& source, const Boxes& boxes);

// What `pomona train` keeps of that in the head's metadata ("boxes", JSON).
void KeepBoxed(const Boxed& boxed, Head* head);
// Whether a head was trained so.
bool IsBoxed(const Head& head);
// The margins of a head; zeros where it has none. Invalid where the text is damaged.
struct Margins {
  Margin shapes;
  Margin windows;
};
Result<Margins> MarginsOf(const Head& head);

// The region's box with its margin, in whole pixels within the photo.
void Widen(const Margins& margins, int64_t width, int64_t height, table::Fruit* fruit);

}  // namespace pomona::learn
