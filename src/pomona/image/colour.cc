// SPDX-License-Identifier: Apache-2.0
#include "pomona/image/colour.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "pomona/image/crop.h"
#include "pomona/image/lab.h"

namespace pomona::image {
namespace {

constexpr int64_t kColourSide = 100;
constexpr double kFarInLab = 10;      // a difference that everyone sees
constexpr double kPlainShare = 0.7;   // of the border that is near its median
constexpr double kLeastFruit = 0.02;  // of the picture

bool IsFar(const Lab& a, const Lab& b) {
  double sum = 0;
  for (size_t c = 0; c < 3; ++c) sum += (a[c] - b[c]) * (a[c] - b[c]);
  return sum > kFarInLab * kFarInLab;
}

// The lower median of each channel.
Lab Median(const std::vector<Lab>& colours) {
  Lab median{};
  std::vector<double> values(colours.size());
  const auto middle = static_cast<ptrdiff_t>((values.size() - 1) / 2);
  for (size_t c = 0; c < 3; ++c) {
    for (size_t i = 0; i < values.size(); ++i) values[i] = colours[i][c];
    std::nth_element(values.begin(), values.begin() + middle, values.end());
    median[c] = values[static_cast<size_t>(middle)];
  }
  return median;
}

// The fruit's box: columns x0 to x1, rows y0 to y1, both within.
struct FruitBox {
  int64_t x0, x1, y0, y1, count;
};

FruitBox BoxOf(const FruitMask& mask, int64_t width, int64_t height) {
  FruitBox box{width, -1, height, -1, 0};
  for (int64_t y = 0; y < height; ++y) {
    for (int64_t x = 0; x < width; ++x) {
      if (mask.fruit[static_cast<size_t>(y * width + x)] == 0) continue;
      box = {std::min(box.x0, x), std::max(box.x1, x), std::min(box.y0, y), y,
             box.count + 1};
    }
  }
  return box;
}

// Hue 0 to 6, saturation and value 0 to 1.
std::array<double, 3> ToHsv(const uint8_t* rgb) {
  const int r = rgb[0];
  const int g = rgb[1];
  const int b = rgb[2];
  const int top = std::max({r, g, b});
  const int chroma = top - std::min({r, g, b});
  double hue = 0;
  if (chroma > 0) {
    const double c = chroma;
    hue = top == r ? (g - b) / c : top == g ? 2 + (b - r) / c : 4 + (r - g) / c;
    if (hue < 0) hue += 6;
  }
  return {hue, top > 0 ? static_cast<double>(chroma) / top : 0, top / 255.0};
}

// Between which two bins a number lies, and how near it is to the upper one.
struct Between {
  int64_t low, high;
  double share;
};

Between Circular(double position, int64_t bins) {
  const auto low = static_cast<int64_t>(position);
  return {low % bins, (low + 1) % bins, position - static_cast<double>(low)};
}

Between Straight(double position, int64_t bins) {
  const auto low = std::min(static_cast<int64_t>(position), bins - 2);
  return {low, low + 1, position - static_cast<double>(low)};
}

// A pixel counts for the eight bins around it, by nearness.
struct Histogram {
  int64_t hues, saturations, values;
  std::vector<double> bins;
  double count = 0;

  Histogram(int64_t h, int64_t s, int64_t v)
      : hues(h), saturations(s), values(v), bins(static_cast<size_t>(h * s * v)) {}

  void Add(const std::array<double, 3>& hsv) {
    const Between h = Circular(hsv[0] * static_cast<double>(hues) / 6, hues);
    const Between s =
        Straight(hsv[1] * static_cast<double>(saturations - 1), saturations);
    const Between v = Straight(hsv[2] * static_cast<double>(values - 1), values);
    for (int corner = 0; corner < 8; ++corner) {
      const bool hh = (corner & 4) != 0;
      const bool sh = (corner & 2) != 0;
      const bool vh = (corner & 1) != 0;
      const int64_t at =
          ((hh ? h.high : h.low) * saturations + (sh ? s.high : s.low)) * values +
          (vh ? v.high : v.low);
      bins[static_cast<size_t>(at)] += (hh ? h.share : 1 - h.share) *
                                       (sh ? s.share : 1 - s.share) *
                                       (vh ? v.share : 1 - v.share);
    }
    count += 1;
  }
  float* Write(float* to) const {
    for (const double bin : bins) {
      *to++ = static_cast<float>(count > 0 ? bin / count : 0);
    }
    return to;
  }
};

float Share(int64_t part, int64_t whole) {
  return static_cast<float>(static_cast<double>(part) / static_cast<double>(whole));
}

void Describe(const Image& image, float* dst) {
  const FruitMask mask = FindFruit(image);
  const FruitBox box = BoxOf(mask, image.width, image.height);
  Histogram whole(12, 3, 3);
  std::vector<Histogram> thirds(3, Histogram(8, 2, 2));
  const int64_t box_width = box.x1 - box.x0 + 1;
  const int64_t box_height = box.y1 - box.y0 + 1;
  for (int64_t y = box.y0; y <= box.y1; ++y) {
    Histogram& third = thirds[static_cast<size_t>((y - box.y0) * 3 / box_height)];
    for (int64_t x = box.x0; x <= box.x1; ++x) {
      const int64_t at = y * image.width + x;
      if (mask.fruit[static_cast<size_t>(at)] == 0) continue;
      const auto hsv = ToHsv(image.pixels.data() + at * 3);
      whole.Add(hsv);
      third.Add(hsv);
    }
  }
  dst = whole.Write(dst);
  for (const Histogram& third : thirds) dst = third.Write(dst);
  *dst++ = Share(box.count, image.width * image.height);
  *dst++ = Share(box_width, image.width);
  *dst++ = Share(box_height, image.height);
  *dst++ = Share(box.count, box_width * box_height);
  *dst = mask.plain ? 1.0F : 0.0F;
}

}  // namespace

FruitMask FindFruit(const Image& image) {
  const int64_t width = image.width;
  const int64_t height = image.height;
  std::vector<Lab> lab(static_cast<size_t>(width * height));
  std::vector<Lab> border;
  for (int64_t y = 0; y < height; ++y) {
    for (int64_t x = 0; x < width; ++x) {
      const int64_t at = y * width + x;
      lab[static_cast<size_t>(at)] = ToLab(image.pixels.data() + at * 3);
      const bool edge = x == 0 || y == 0 || x == width - 1 || y == height - 1;
      if (edge) border.push_back(lab[static_cast<size_t>(at)]);
    }
  }
  const Lab background = Median(border);
  const auto far = [&](const Lab& colour) { return IsFar(colour, background); };
  const auto far_border = std::count_if(border.begin(), border.end(), far);
  FruitMask mask;
  int64_t fruit = 0;
  for (const Lab& colour : lab) {
    mask.fruit.push_back(far(colour) ? 1 : 0);
    fruit += mask.fruit.back();
  }
  const auto share = [](int64_t part, size_t all) {
    return static_cast<double>(part) / static_cast<double>(all);
  };
  mask.plain = share(far_border, border.size()) <= 1 - kPlainShare &&
               share(fruit, lab.size()) >= kLeastFruit;
  if (!mask.plain) std::fill(mask.fruit.begin(), mask.fruit.end(), uint8_t{1});
  return mask;
}

Status DescribeColour(const Image& image, float* dst) {
  if (std::max(image.width, image.height) <= kColourSide) {  // no copy

    Describe(image, dst);
    return Status::OK();
  }
  static thread_local Image small;
  ARROW_RETURN_NOT_OK(ShrinkToFit(image, kColourSide, &small));
  Describe(small, dst);
  return Status::OK();
}

void BalanceGreyWorld(Image* image) {
  std::array<int64_t, 3> sums{};
  std::vector<uint8_t>& pixels = image->pixels;
  for (size_t i = 0; i + 2 < pixels.size(); i += 3) {
    for (size_t c = 0; c < 3; ++c) sums[c] += pixels[i + c];
  }
  const double grey = static_cast<double>(sums[0] + sums[1] + sums[2]) / 3;
  std::array<std::array<uint8_t, 256>, 3> tables{};
  for (size_t c = 0; c < 3; ++c) {
    const double gain =
        sums[c] > 0 ? std::clamp(grey / static_cast<double>(sums[c]), 0.5, 2.0) : 1;
    for (size_t v = 0; v < 256; ++v) {
      tables[c][v] = static_cast<uint8_t>(
          std::min<long>(255, std::lrint(static_cast<double>(v) * gain)));
    }
  }
  for (size_t i = 0; i + 2 < pixels.size(); i += 3) {
    for (size_t c = 0; c < 3; ++c) pixels[i + c] = tables[c][pixels[i + c]];
  }
}

}  // namespace pomona::image
