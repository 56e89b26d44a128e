// SPDX-License-Identifier: Apache-2.0
// Planes of numbers and masks over a picture, and the few operations that cutting fruit
// from its background takes. All are exact or in plain floats: the same on every CPU.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace pomona::image {

template <class T>
struct Grid {
  int64_t width = 0;
  int64_t height = 0;
  std::vector<T> at;  // width * height, rows top to bottom

  Grid() = default;
  Grid(int64_t w, int64_t h, T value = T{})
      : width(w), height(h), at(static_cast<size_t>(w * h), value) {}
  T& operator()(int64_t x, int64_t y) { return at[static_cast<size_t>(y * width + x)]; }
  const T& operator()(int64_t x, int64_t y) const {
    return at[static_cast<size_t>(y * width + x)];
  }
};
using Mask = Grid<uint8_t>;  // 0 or 1

// Columns left to right - 1, rows top to bottom - 1.
struct Bounds {
  int64_t left = 0, top = 0, right = 0, bottom = 0;
  int64_t width() const { return right - left; }
  int64_t height() const { return bottom - top; }
};

// Weighs each number with its neighbours by 1 4 6 4 1, along both axes: a Gaussian of
// sigma 1. Beyond the edge the edge goes on.
void Blur(Grid<float>* plane);

// A pixel stays (Erode) where its four neighbours are set too, or is set (Dilate) where
// one of them is; beyond the edge nothing is set.
void Erode(Mask* mask);
void Dilate(Mask* mask);
// Erodes and dilates `times`: what is thinner goes.
void Open(Mask* mask, int times);
// Sets what cannot be reached from the edge without crossing the mask.
void FillHoles(Mask* mask);

// Numbers connected parts (by four neighbours) 1, 2, ... from top left; 0 elsewhere.
// `areas` has their pixels, areas[0] those outside.
Grid<int32_t> Components(const Mask& mask, std::vector<int64_t>* areas);
// The part `label`, with its box.
Mask PartOf(const Grid<int32_t>& labels, int32_t label);
Bounds BoundsOf(const Mask& mask);  // empty where nothing is set

// Distance of each set pixel to the nearest unset one (beyond the edge all are unset);
// 0 elsewhere. Exact: Felzenszwalb and Huttenlocher, Theory of Computing 8 (2012).
Grid<float> Distances(const Mask& mask);

}  // namespace pomona::image
