// SPDX-License-Identifier: Apache-2.0
#include "pomona/image/grid.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

namespace pomona::image {
namespace {

constexpr std::array<std::pair<int, int>, 4> kCross = {
    {{0, -1}, {-1, 0}, {1, 0}, {0, 1}}};

bool Inside(int64_t x, int64_t y, int64_t width, int64_t height) {
  return x >= 0 && y >= 0 && x < width && y < height;
}

float Weighed(const Grid<float>& from, int64_t x, int64_t y, int64_t dx, int64_t dy) {
  constexpr std::array<float, 5> kWeights = {1, 4, 6, 4, 1};
  float sum = 0;
  for (int64_t k = -2; k <= 2; ++k) {
    const int64_t xx = std::clamp<int64_t>(x + k * dx, 0, from.width - 1);
    const int64_t yy = std::clamp<int64_t>(y + k * dy, 0, from.height - 1);
    sum += kWeights[static_cast<size_t>(k + 2)] * from(xx, yy);
  }
  return sum / 16;
}

// `set`: what a pixel becomes where a neighbour is `set`.
void Spread(Mask* mask, uint8_t set) {
  const Mask from = *mask;
  for (int64_t y = 0; y < from.height; ++y) {
    for (int64_t x = 0; x < from.width; ++x) {
      for (const auto& [dx, dy] : kCross) {
        const bool inside = Inside(x + dx, y + dy, from.width, from.height);
        if ((inside ? from(x + dx, y + dy) : 0) == set) (*mask)(x, y) = set;
      }
    }
  }
}

// Marks what is connected with `start` and has the same value.
template <class Visit>
void Flood(const Mask& mask, int64_t start, Grid<int32_t>* marks, int32_t mark,
           const Visit& visit) {
  std::vector<int64_t> open = {start};
  const uint8_t value = mask.at[static_cast<size_t>(start)];
  marks->at[static_cast<size_t>(start)] = mark;
  while (!open.empty()) {
    const int64_t at = open.back();
    open.pop_back();
    visit();
    for (const auto& [dx, dy] : kCross) {
      const int64_t x = at % mask.width + dx;
      const int64_t y = at / mask.width + dy;
      if (!Inside(x, y, mask.width, mask.height)) continue;
      if (mask(x, y) != value || (*marks)(x, y) != 0) continue;
      (*marks)(x, y) = mark;
      open.push_back(y * mask.width + x);
    }
  }
}

// Squared distances along a line of n, in place: the lower envelope of parabolas.
struct Line {
  std::vector<double> values, edges;
  std::vector<int64_t> tops;

  void Transform(int64_t n) {
    const std::vector<double> from(values.begin(), values.begin() + n);
    const auto f = [&](int64_t i) { return from[static_cast<size_t>(i)]; };
    const auto cut = [&](int64_t p, int64_t q) {
      const auto a = static_cast<double>(p);
      const auto b = static_cast<double>(q);
      return ((f(q) + b * b) - (f(p) + a * a)) / (2 * (b - a));
    };
    constexpr double kFar = std::numeric_limits<double>::infinity();
    tops.assign(1, 0);
    edges.assign(1, -kFar);
    for (int64_t q = 1; q < n; ++q) {
      while (edges.size() > 1 && cut(tops.back(), q) <= edges.back()) {
        tops.pop_back();
        edges.pop_back();
      }
      edges.push_back(cut(tops.back(), q));
      tops.push_back(q);
    }
    size_t k = 0;
    for (int64_t q = 0; q < n; ++q) {
      while (k + 1 < edges.size() && edges[k + 1] < static_cast<double>(q)) ++k;
      const auto away = static_cast<double>(q - tops[k]);
      values[static_cast<size_t>(q)] = away * away + f(tops[k]);
    }
  }
};

}  // namespace

void Blur(Grid<float>* plane) {
  Grid<float> half = *plane;
  for (int64_t y = 0; y < plane->height; ++y) {
    for (int64_t x = 0; x < plane->width; ++x) half(x, y) = Weighed(*plane, x, y, 1, 0);
  }
  for (int64_t y = 0; y < plane->height; ++y) {
    for (int64_t x = 0; x < plane->width; ++x) (*plane)(x, y) = Weighed(half, x, y, 0, 1);
  }
}

void Erode(Mask* mask) { Spread(mask, 0); }
void Dilate(Mask* mask) { Spread(mask, 1); }

void Open(Mask* mask, int times) {
  for (int i = 0; i < times; ++i) Erode(mask);
  for (int i = 0; i < times; ++i) Dilate(mask);
}

void FillHoles(Mask* mask) {
  Grid<int32_t> outside(mask->width, mask->height);
  for (int64_t y = 0; y < mask->height; ++y) {
    for (int64_t x = 0; x < mask->width; ++x) {
      const bool edge = x == 0 || y == 0 || x == mask->width - 1 || y == mask->height - 1;
      if (!edge || (*mask)(x, y) != 0 || outside(x, y) != 0) continue;
      Flood(*mask, y * mask->width + x, &outside, 1, [] {});
    }
  }
  for (size_t i = 0; i < mask->at.size(); ++i) mask->at[i] = outside.at[i] == 0 ? 1 : 0;
}

Grid<int32_t> Components(const Mask& mask, std::vector<int64_t>* areas) {
  Grid<int32_t> labels(mask.width, mask.height);
  areas->assign(1, 0);
  for (size_t i = 0; i < mask.at.size(); ++i) {
    if (mask.at[i] == 0) ++areas->front();
    if (mask.at[i] == 0 || labels.at[i] != 0) continue;
    const auto label = static_cast<int32_t>(areas->size());
    areas->push_back(0);
    Flood(mask, static_cast<int64_t>(i), &labels, label, [&] { ++areas->back(); });
  }
  return labels;
}

Mask PartOf(const Grid<int32_t>& labels, int32_t label) {
  Mask part(labels.width, labels.height);
  for (size_t i = 0; i < part.at.size(); ++i) part.at[i] = labels.at[i] == label ? 1 : 0;
  return part;
}

Bounds BoundsOf(const Mask& mask) {
  Bounds box{mask.width, mask.height, 0, 0};
  for (int64_t y = 0; y < mask.height; ++y) {
    for (int64_t x = 0; x < mask.width; ++x) {
      if (mask(x, y) == 0) continue;
      box = {std::min(box.left, x), std::min(box.top, y), std::max(box.right, x + 1),
             y + 1};
    }
  }
  return box.right == 0 ? Bounds{} : box;
}

Grid<float> Distances(const Mask& mask) {
  const int64_t w = mask.width + 2;  // a rim of what is unset
  const int64_t h = mask.height + 2;
  const double far = static_cast<double>(w) * static_cast<double>(w) +
                     static_cast<double>(h) * static_cast<double>(h);
  Grid<double> squares(w, h, 0.0);
  for (int64_t y = 0; y < mask.height; ++y) {
    for (int64_t x = 0; x < mask.width; ++x) {
      if (mask(x, y) != 0) squares(x + 1, y + 1) = far;
    }
  }
  Line line;
  line.values.resize(static_cast<size_t>(std::max(w, h)));
  for (int64_t x = 0; x < w; ++x) {
    for (int64_t y = 0; y < h; ++y) line.values[static_cast<size_t>(y)] = squares(x, y);
    line.Transform(h);
    for (int64_t y = 0; y < h; ++y) squares(x, y) = line.values[static_cast<size_t>(y)];
  }
  Grid<float> distances(mask.width, mask.height);
  for (int64_t y = 1; y + 1 < h; ++y) {
    for (int64_t x = 0; x < w; ++x) line.values[static_cast<size_t>(x)] = squares(x, y);
    line.Transform(w);
    for (int64_t x = 1; x + 1 < w; ++x) {
      distances(x - 1, y - 1) =
          static_cast<float>(std::sqrt(line.values[static_cast<size_t>(x)]));
    }
  }
  return distances;
}

}  // namespace pomona::image
