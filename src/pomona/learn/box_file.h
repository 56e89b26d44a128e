// SPDX-License-Identifier: Apache-2.0
// Files that say where in photos fruits are, and what they are: docs/formats.md.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "pomona/base/status.h"

namespace pomona::learn {

struct Box {
  std::string label;
  double left = 0, top = 0, right = 0, bottom = 0;  // finite; right > left, bottom > top
  bool relative = false;  // sides are shares of the photo's, not pixels
  std::string where;      // "boxes.csv, line 7", for errors

  // In pixels of a photo of this size. Invalid names the side that is farther than a
  // pixel beyond the photo; what is nearer is brought to its edge.
  Result<Box> In(double width, double height) const;
};

// By photo, in the order of the file.
using Boxes = std::map<std::string, std::vector<Box>>;

// CSV with the columns path, label, left, top, right, bottom (pixels; any order, others
// ignored), COCO's JSON, or {"files": [{"filename", "tags": [{"tag", "left", "top",
// "width", "height"}]}]} with shares of the photo. `name` stands in errors, which tell
// the line (or the place in the JSON) and the field.
Result<Boxes> ParseBoxes(std::string_view text, const std::string& name);
Result<Boxes> ReadBoxes(const std::string& path);

// What two boxes share: of both together (intersection over union), of the smaller.
double SharedOfBoth(const Box& a, const Box& b);
double SharedOfSmaller(const Box& a, const Box& b);

}  // namespace pomona::learn
