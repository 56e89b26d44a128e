// SPDX-License-Identifier: Apache-2.0
// For tests and benchmarks: the shapes of shapes.txt, and a plain convolution to compare
// with.
#pragma once

#include <algorithm>
#include <cmath>
#include <fstream>
#include <ostream>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "pomona/engine/native/convolve.h"

namespace pomona::engine::native {

struct ShapeCase {
  std::string name;
  int64_t pictures = 0;
  ConvShape shape;
};

inline std::ostream& operator<<(std::ostream& out, const ShapeCase& c) {
  return out << c.name;
}

inline std::vector<ShapeCase> ReadShapes() {
  std::ifstream file(POMONA_SHAPES);
  std::vector<ShapeCase> cases;
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    ShapeCase c;
    std::string pool;
    if (line.starts_with("#") ||
        !(words >> c.name >> c.pictures >> c.shape.ic >> c.shape.oc >> c.shape.height >>
          c.shape.width >> pool)) {
      continue;
    }
    c.shape.pool = pool == "yes";
    cases.push_back(c);
  }
  return cases;
}

// Pictures like those inside a network (after ReLU, half zeros), in planes (NCHW).
inline std::vector<float> RandomPlanes(int64_t count, uint32_t seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  std::vector<float> planes(static_cast<size_t>(count));
  for (float& x : planes) x = std::max(0.0F, normal(random));
  return planes;
}

// He et al. 2015: the next layer's numbers have the size of this one's.
inline model::ConvWeights RandomWeights(const ConvShape& shape, uint32_t seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(
      0.0F, std::sqrt(2.0F / static_cast<float>(9 * shape.ic)));
  model::ConvWeights weights;
  weights.wei.resize(static_cast<size_t>(shape.oc * shape.ic * 9));
  weights.bia.resize(static_cast<size_t>(shape.oc));
  for (float& x : weights.wei) x = normal(random);
  for (float& x : weights.bia) x = 0.1F * normal(random);
  return weights;
}

// NCHW planes of one picture to NHWC with padded channels.
inline void ToPixels(const ConvShape& shape, const float* planes, float* pixels) {
  const int64_t area = shape.height * shape.width;
  for (int64_t p = 0; p < area; ++p) {
    for (int64_t c = 0; c < shape.ic; ++c) {
      pixels[p * shape.ic_padded() + c] = planes[c * area + p];
    }
  }
}

// dst[y][x][oc] of one picture, in float64.
inline std::vector<double> PlainConvolution(const ConvShape& s, const float* planes,
                                            const model::ConvWeights& weights) {
  std::vector<double> full(static_cast<size_t>(s.height * s.width * s.oc));
  for (int64_t oc = 0; oc < s.oc; ++oc) {
    for (int64_t y = 0; y < s.height; ++y) {
      for (int64_t x = 0; x < s.width; ++x) {
        double sum = weights.bia[static_cast<size_t>(oc)];
        for (int64_t ic = 0; ic < s.ic; ++ic) {
          const float* wei = weights.wei.data() + (oc * s.ic + ic) * 9;
          for (int64_t kh = 0; kh < 3; ++kh) {
            const int64_t row = y + kh - 1;
            if (row < 0 || row >= s.height) continue;
            for (int64_t kw = 0; kw < 3; ++kw) {
              const int64_t column = x + kw - 1;
              if (column < 0 || column >= s.width) continue;
              sum += static_cast<double>(wei[kh * 3 + kw]) *
                     planes[(ic * s.height + row) * s.width + column];
            }
          }
        }
        full[static_cast<size_t>((y * s.width + x) * s.oc + oc)] = std::max(0.0, sum);
      }
    }
  }
  if (!s.pool) return full;
  std::vector<double> pooled;
  const auto at = [&](int64_t y, int64_t x, int64_t oc) {
    return full[static_cast<size_t>((y * s.width + x) * s.oc + oc)];
  };
  for (int64_t y = 0; y < s.height / 2; ++y) {
    for (int64_t x = 0; x < s.width / 2; ++x) {
      for (int64_t oc = 0; oc < s.oc; ++oc) {
        pooled.push_back(
            std::max(std::max(at(2 * y, 2 * x, oc), at(2 * y, 2 * x + 1, oc)),
                     std::max(at(2 * y + 1, 2 * x, oc), at(2 * y + 1, 2 * x + 1, oc))));
      }
    }
  }
  return pooled;
}

}  // namespace pomona::engine::native
