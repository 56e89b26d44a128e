// SPDX-License-Identifier: Apache-2.0
// For tests of image/: the golden files of tests/golden/image.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "pomona/image/image.h"

namespace pomona::image::golden {

// A file below tests/golden/image, whole; empty when it cannot be read.
inline std::vector<uint8_t> ReadFile(const std::string& name) {
  std::ifstream in(std::string(POMONA_SOURCE_DIR "/tests/golden/image/") + name,
                   std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// The rows of one list of cases.json.
inline nlohmann::json Cases(const std::string& list) {
  const auto bytes = ReadFile("cases.json");
  return nlohmann::json::parse(bytes.begin(), bytes.end()).at(list);
}

// A binary PPM as make_images.py writes it; an empty image when it is not one.
inline Image ReadPpm(const std::string& name) {
  const auto bytes = ReadFile(name);
  std::istringstream in(std::string(bytes.begin(), bytes.end()));
  std::string magic;
  int depth = 0;
  Image image;
  in >> magic >> image.width >> image.height >> depth;
  const auto size = static_cast<size_t>(image.width * image.height * 3);
  if (magic != "P6" || depth != 255 || bytes.size() < size) return {};
  image.pixels.assign(bytes.end() - static_cast<std::ptrdiff_t>(size), bytes.end());
  return image;
}

// The largest difference of two values, 256 when the sizes differ.
inline int MaxDifference(const Image& a, const Image& b) {
  if (a.width != b.width || a.height != b.height || a.pixels.size() != b.pixels.size()) {
    return 256;
  }
  int most = 0;
  for (size_t i = 0; i < a.pixels.size(); ++i) {
    most = std::max(most, std::abs(int{a.pixels[i]} - int{b.pixels[i]}));
  }
  return most;
}

}  // namespace pomona::image::golden
