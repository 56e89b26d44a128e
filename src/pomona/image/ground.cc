// SPDX-License-Identifier: Apache-2.0
#include "pomona/image/ground.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include <Eigen/Cholesky>
#include <Eigen/Core>

#include "pomona/image/lab.h"

namespace pomona::image {
namespace {

constexpr double kLightWeight = 0.25;  // of squares
constexpr int kRounds = 4;
constexpr double kLeastSpread = 6;
constexpr double kSpreads = 2.5;  // medians from the ground that still belong to it
constexpr double kNear = 8;       // of the ground, in Lab
constexpr double kPlainBorder = 0.8;
constexpr double kShareOfOtsu = 0.8;
constexpr double kLeastThreshold = 10;
constexpr double kMostThreshold = 30;
constexpr int kOpening = 2;

using Terms = Eigen::Matrix<double, 6, 1>;
using Surface = Eigen::Matrix<double, 6, 3>;

struct Pixel {
  Terms terms;
  Lab colour;
};

Terms TermsAt(int64_t x, int64_t y, int64_t width, int64_t height) {
  const double u = static_cast<double>(x) / static_cast<double>(width) * 2 - 1;
  const double v = static_cast<double>(y) / static_cast<double>(height) * 2 - 1;
  Terms terms;
  terms << 1, u, v, u * u, u * v, v * v;
  return terms;
}

double Difference(const Pixel& pixel, const Surface& surface) {
  double sum = 0;
  for (Eigen::Index c = 0; c < 3; ++c) {
    const double d =
        pixel.colour[static_cast<size_t>(c)] - pixel.terms.dot(surface.col(c));
    sum += d * d * (c == 0 ? kLightWeight : 1);
  }
  return std::sqrt(sum);
}

// Least squares over the pixels that `keep` says.
Surface FitSurface(const std::vector<Pixel>& pixels, const std::vector<bool>& keep) {
  Eigen::Matrix<double, 6, 6> squares = Eigen::Matrix<double, 6, 6>::Zero();
  Surface sums = Surface::Zero();
  for (size_t i = 0; i < pixels.size(); ++i) {
    if (!keep[i]) continue;
    const Pixel& pixel = pixels[i];
    squares += pixel.terms * pixel.terms.transpose();
    for (Eigen::Index c = 0; c < 3; ++c) {
      sums.col(c) += pixel.terms * pixel.colour[static_cast<size_t>(c)];
    }
  }
  // Pictures of one row or column leave terms open; this closes them.
  squares.diagonal().array() += 1e-6 * squares(0, 0) + 1e-12;
  return squares.ldlt().solve(sums);
}

// Leaves out what is far from the fit, and fits again. `near`: the share of the border
// that is near the last fit.
Surface FitBorder(const std::vector<Pixel>& border, double* near) {
  std::vector<bool> keep(border.size(), true);
  std::vector<double> away(border.size());
  Surface surface;
  for (int round = 0; round < kRounds; ++round) {
    surface = FitSurface(border, keep);
    for (size_t i = 0; i < border.size(); ++i) away[i] = Difference(border[i], surface);
    auto sorted = away;
    const auto middle = sorted.begin() + static_cast<ptrdiff_t>((sorted.size() - 1) / 2);
    std::nth_element(sorted.begin(), middle, sorted.end());
    const double limit = std::max(kLeastSpread, kSpreads * *middle);
    for (size_t i = 0; i < border.size(); ++i) keep[i] = away[i] <= limit;
  }
  const auto count =
      std::count_if(away.begin(), away.end(), [](double d) { return d <= kNear; });
  *near = static_cast<double>(count) / static_cast<double>(border.size());
  return surface;
}

// The threshold between two groups of numbers that keeps each closest together (Otsu,
// IEEE Trans. SMC 9, 1979), over 160 bins of 0 to 80.
double Otsu(const Grid<float>& plane) {
  constexpr size_t kBins = 160;
  constexpr double kBin = 0.5;
  std::array<double, kBins> counts{};
  for (const float value : plane.at) {
    const auto bin = static_cast<size_t>(std::max(0.0F, value) / kBin);
    ++counts[std::min(bin, kBins - 1)];
  }
  const auto middle = [](size_t bin) { return (static_cast<double>(bin) + 0.5) * kBin; };
  const auto all = static_cast<double>(plane.at.size());
  double sum = 0;
  for (size_t i = 0; i < kBins; ++i) sum += counts[i] * middle(i);
  double below = 0;
  double below_sum = 0;
  double best = -1;
  double threshold = 0;
  for (size_t i = 0; i < kBins; ++i) {
    below += counts[i];
    below_sum += counts[i] * middle(i);
    if (below == 0 || below == all) continue;
    const double apart = sum * below - below_sum * all;
    const double between = apart * apart / (below * (all - below));
    if (between > best) {
      best = between;
      threshold = middle(i);
    }
  }
  return threshold;
}

}  // namespace

Ground FindGround(const Image& image) {
  const int64_t width = image.width;
  const int64_t height = image.height;
  const int64_t rim = std::max<int64_t>(2, std::min(width, height) / 25);
  std::vector<Pixel> border;
  const auto pixel_at = [&](int64_t x, int64_t y) {
    return Pixel{TermsAt(x, y, width, height),
                 ToLab(image.pixels.data() + (y * width + x) * 3)};
  };
  for (int64_t y = 0; y < height; ++y) {
    const bool all = y < rim || y >= height - rim;
    for (int64_t x = 0; x < width; ++x) {
      if (all || x < rim || x >= width - rim) border.push_back(pixel_at(x, y));
    }
  }
  double near = 0;
  const Surface surface = FitBorder(border, &near);
  Grid<float> away(width, height);
  for (int64_t y = 0; y < height; ++y) {
    for (int64_t x = 0; x < width; ++x) {
      away(x, y) = static_cast<float>(Difference(pixel_at(x, y), surface));
    }
  }
  Blur(&away);
  const double threshold =
      std::clamp(Otsu(away) * kShareOfOtsu, kLeastThreshold, kMostThreshold);
  Ground ground{near >= kPlainBorder, Mask(width, height)};
  for (size_t i = 0; i < away.at.size(); ++i) {
    ground.fruit.at[i] = away.at[i] > threshold ? 1 : 0;
  }
  Open(&ground.fruit, kOpening);
  FillHoles(&ground.fruit);
  return ground;
}

}  // namespace pomona::image
