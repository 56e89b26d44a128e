// SPDX-License-Identifier: Apache-2.0
#include "pomona/image/pieces.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

namespace pomona::image {
namespace {

constexpr float kNeck = 0.75F;

// Basins that meet while the water falls from the thickest places.
class Watershed {
 public:
  Watershed(const Mask& shape, double least)
      : shape_(shape),
        least_(static_cast<float>(least)),
        depth_(Distances(shape)),
        basin_(shape.width, shape.height, -1) {
    Blur(&depth_);
  }

  void Run() {
    std::vector<int64_t> order;
    for (size_t i = 0; i < shape_.at.size(); ++i) {
      if (shape_.at[i] != 0) order.push_back(static_cast<int64_t>(i));
    }
    const auto depth = [&](int64_t i) { return depth_.at[static_cast<size_t>(i)]; };
    std::stable_sort(order.begin(), order.end(),
                     [&](int64_t a, int64_t b) { return depth(a) > depth(b); });
    for (const int64_t at : order) Add(at, depth(at));
  }

  std::vector<Mask> Cut() {
    // Basins are numbered from the thickest on.
    std::vector<int32_t> piece(parent_.size(), -1);
    std::vector<Mask> pieces;
    for (size_t b = 0; b < parent_.size(); ++b) {
      if (parent_[b] != static_cast<int32_t>(b)) continue;
      piece[b] = static_cast<int32_t>(pieces.size());
      pieces.emplace_back(shape_.width, shape_.height);
    }
    for (size_t i = 0; i < basin_.at.size(); ++i) {
      if (basin_.at[i] < 0) continue;
      const auto root = static_cast<size_t>(Root(basin_.at[i]));
      pieces[static_cast<size_t>(piece[root])].at[i] = 1;
    }
    return pieces;
  }

 private:
  int32_t Root(int32_t basin) {
    while (parent_[static_cast<size_t>(basin)] != basin) {
      basin = parent_[static_cast<size_t>(basin)];
    }
    return basin;
  }

  void Add(int64_t at, float depth) {
    std::vector<int32_t> near = Neighbours(at);
    if (near.empty()) {
      near.push_back(static_cast<int32_t>(parent_.size()));
      parent_.push_back(near.front());
      tops_.push_back(depth);
    }
    // The one with the highest top takes the pixel: basins are numbered in that order.
    basin_.at[static_cast<size_t>(at)] = near.front();
    for (size_t i = 1; i < near.size(); ++i) {
      const float top = tops_[static_cast<size_t>(near[i])];
      if (depth > kNeck * top || top < least_) {
        parent_[static_cast<size_t>(near[i])] = near.front();
      }
    }
  }

  std::vector<int32_t> Neighbours(int64_t at) {
    std::vector<int32_t> near;
    const int64_t x = at % shape_.width;
    const int64_t y = at / shape_.width;
    for (int64_t yy = std::max<int64_t>(0, y - 1);
         yy <= std::min(shape_.height - 1, y + 1); ++yy) {
      for (int64_t xx = std::max<int64_t>(0, x - 1);
           xx <= std::min(shape_.width - 1, x + 1); ++xx) {
        if (basin_(xx, yy) >= 0) near.push_back(Root(basin_(xx, yy)));
      }
    }
    std::sort(near.begin(), near.end());
    near.erase(std::unique(near.begin(), near.end()), near.end());
    return near;
  }

  const Mask& shape_;
  const float least_;
  Grid<float> depth_;
  Grid<int32_t> basin_;
  std::vector<int32_t> parent_;
  std::vector<float> tops_;
};

struct Point {
  int64_t x, y;
};

// How far `p` is from the line through a and b, squared.
double AwayFrom(const Point& p, const Point& a, const Point& b) {
  const auto dx = static_cast<double>(b.x - a.x);
  const auto dy = static_cast<double>(b.y - a.y);
  const auto px = static_cast<double>(p.x - a.x);
  const auto py = static_cast<double>(p.y - a.y);
  const double length = dx * dx + dy * dy;
  const double cross = dx * py - dy * px;
  return length > 0 ? cross * cross / length : px * px + py * py;
}

// Ramer, Douglas and Peucker: keeps the corners that are over a pixel from the line.
void Simplify(const std::vector<Point>& corners, size_t first, size_t last,
              std::vector<bool>* keep) {
  size_t farthest = first;
  double most = 1;
  for (size_t i = first + 1; i < last; ++i) {
    const double away = AwayFrom(corners[i], corners[first], corners[last]);
    if (away > most) {
      most = away;
      farthest = i;
    }
  }
  if (farthest == first) return;
  (*keep)[farthest] = true;
  Simplify(corners, first, farthest, keep);
  Simplify(corners, farthest, last, keep);
}

// Walks around the part with the mask on the right hand.
std::vector<Point> WalkAround(const Mask& mask, Point start) {
  const auto set = [&](int64_t x, int64_t y) {
    return x >= 0 && y >= 0 && x < mask.width && y < mask.height && mask(x, y) != 0;
  };
  constexpr std::array<Point, 4> kSteps = {{{1, 0}, {0, 1}, {-1, 0}, {0, -1}}};
  // The pixel to the left and right ahead of a corner, for each direction.
  constexpr std::array<Point, 4> kLeft = {{{0, -1}, {0, 0}, {-1, 0}, {-1, -1}}};
  constexpr std::array<Point, 4> kRight = {{{0, 0}, {-1, 0}, {-1, -1}, {0, -1}}};
  std::vector<Point> corners = {start};
  Point at = start;
  size_t way = 0;
  do {
    at = {at.x + kSteps[way].x, at.y + kSteps[way].y};
    corners.push_back(at);
    const bool left = set(at.x + kLeft[way].x, at.y + kLeft[way].y);
    const bool right = set(at.x + kRight[way].x, at.y + kRight[way].y);
    if (!right) {
      way = (way + 1) % 4;
    } else if (left) {
      way = (way + 3) % 4;
    }
  } while (at.x != start.x || at.y != start.y || way != 0);
  return corners;
}

}  // namespace

std::vector<Mask> SplitAtNecks(const Mask& shape, double least) {
  Watershed watershed(shape, least);
  watershed.Run();
  return watershed.Cut();
}

std::vector<int64_t> OutlineOf(const Mask& mask) {
  std::vector<int64_t> outline;
  const auto first = std::find(mask.at.begin(), mask.at.end(), uint8_t{1});
  if (first == mask.at.end()) return outline;
  const auto at = static_cast<int64_t>(first - mask.at.begin());
  const auto corners = WalkAround(mask, {at % mask.width, at / mask.width});
  std::vector<bool> keep(corners.size(), false);
  keep.front() = true;
  // The two halves: the ends of the whole are one point, from which nothing is a line.
  const size_t half = corners.size() / 2;
  keep[half] = true;
  Simplify(corners, 0, half, &keep);
  Simplify(corners, half, corners.size() - 1, &keep);
  for (size_t i = 0; i + 1 < corners.size(); ++i) {
    if (!keep[i]) continue;
    outline.push_back(corners[i].x);
    outline.push_back(corners[i].y);
  }
  return outline;
}

}  // namespace pomona::image
