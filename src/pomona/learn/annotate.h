// SPDX-License-Identifier: Apache-2.0
// A photo with what was found in it drawn on top.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pomona::learn {

struct Mark {
  int64_t left = 0, top = 0, right = 0, bottom = 0;  // pixels of the photo as displayed
  std::vector<int64_t> outline;                      // x, y, ...; or empty
  std::string text;                                  // beside the box
  std::string word;                                  // same word, same colour
};

// An SVG file that needs nothing beside it: the encoded `photo` (`media_type` as
// "image/jpeg"), of `width` x `height` as displayed, boxes, outlines and labels, which
// are readable on any ground and grow with the photo. `title` is its name.
std::string AnnotatedSvg(std::string_view photo, std::string_view media_type,
                         int64_t width, int64_t height, const std::string& title,
                         const std::vector<Mark>& marks);

}  // namespace pomona::learn
