// SPDX-License-Identifier: Apache-2.0
#include "pomona/image/taps.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace pomona::image {
namespace {

struct Kernel {
  double support;
  double (*value)(double);
};

double Bilinear(double x) {
  x = std::abs(x);
  return x < 1.0 ? 1.0 - x : 0.0;
}

// Keys' cubic with a = -0.5.
double Bicubic(double x) {
  constexpr double a = -0.5;
  x = std::abs(x);
  if (x < 1.0) return ((a + 2.0) * x - (a + 3.0)) * x * x + 1;
  if (x < 2.0) return (((x - 5) * x + 8) * x - 4) * a;
  return 0.0;
}

double Sinc(double x) {
  if (x == 0.0) return 1.0;
  x = x * std::numbers::pi;
  return std::sin(x) / x;
}

double Lanczos(double x) { return -3.0 <= x && x < 3.0 ? Sinc(x) * Sinc(x / 3) : 0.0; }

Kernel KernelOf(Filter filter) {
  switch (filter) {
    case Filter::kBicubic:
      return {2.0, Bicubic};
    case Filter::kLanczos:
      return {3.0, Lanczos};
    default:
      return {1.0, Bilinear};
  }
}

int32_t ToFixed(double weight) {
  const double scaled = weight * (1 << kWeightBits);
  return static_cast<int32_t>(weight < 0 ? -0.5 + scaled : 0.5 + scaled);
}

}  // namespace

void ComputeTaps(const Axis& axis, Taps* taps) {
  const Kernel kernel = KernelOf(axis.filter);
  const double scale =
      static_cast<double>(axis.end - axis.begin) / static_cast<double>(axis.out);
  const double filter_scale = std::max(scale, 1.0);
  const double support = kernel.support * filter_scale;
  const double inverse = 1.0 / filter_scale;
  const auto size = static_cast<int64_t>(std::ceil(support)) * 2 + 1;
  taps->stride = (std::min(size, axis.in) + kTapBlock - 1) / kTapBlock * kTapBlock;
  const auto outs = static_cast<size_t>(axis.out);
  const auto total = outs * static_cast<size_t>(taps->stride);
  taps->first.assign(outs, 0);
  taps->count.assign(outs, 0);
  taps->weight.assign(total, 0);
  taps->high.assign(total, 0);
  taps->low.assign(total, 0);
  std::vector<double> exact(static_cast<size_t>(taps->stride));
  for (size_t i = 0; i < outs; ++i) {
    const double center = axis.begin + (static_cast<double>(i) + 0.5) * scale;
    const int64_t first =
        std::max<int64_t>(static_cast<int64_t>(center - support + 0.5), 0);
    const int64_t last =
        std::min<int64_t>(static_cast<int64_t>(center + support + 0.5), axis.in);
    const int64_t count = std::clamp<int64_t>(last - first, 0, taps->stride);
    double sum = 0.0;
    for (int64_t j = 0; j < count; ++j) {
      const double at = static_cast<double>(j + first) - center + 0.5;
      exact[static_cast<size_t>(j)] = kernel.value(at * inverse);
      sum += exact[static_cast<size_t>(j)];
    }
    taps->first[i] = static_cast<int32_t>(first);
    taps->count[i] = static_cast<int32_t>(count);
    for (int64_t j = 0; j < count; ++j) {
      double w = exact[static_cast<size_t>(j)];
      if (sum != 0.0) w /= sum;
      const size_t to = i * static_cast<size_t>(taps->stride) + static_cast<size_t>(j);
      const int32_t fixed = ToFixed(w);
      taps->weight[to] = fixed;
      taps->high[to] = static_cast<int16_t>(fixed >> 8);
      taps->low[to] = static_cast<int16_t>(fixed & 255);
    }
  }
}

}  // namespace pomona::image
