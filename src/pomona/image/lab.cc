// SPDX-License-Identifier: Apache-2.0
#include "pomona/image/lab.h"

#include <cmath>

namespace pomona::image {
namespace {

std::array<double, 256> LinearTable() {
  std::array<double, 256> table{};
  for (size_t i = 0; i < table.size(); ++i) {
    const double v = static_cast<double>(i) / 255;
    table[i] = v <= 0.04045 ? v / 12.92 : std::pow((v + 0.055) / 1.055, 2.4);
  }
  return table;
}

double LabCurve(double t) {
  constexpr double kEpsilon = 216.0 / 24389;
  constexpr double kKappa = 24389.0 / 27;
  return t > kEpsilon ? std::cbrt(t) : (kKappa * t + 16) / 116;
}

}  // namespace

Lab ToLab(const uint8_t* rgb) {
  static const std::array<double, 256> kLinear = LinearTable();
  const double r = kLinear[rgb[0]];
  const double g = kLinear[rgb[1]];
  const double b = kLinear[rgb[2]];
  const double x = LabCurve((0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.95047);
  const double y = LabCurve(0.2126729 * r + 0.7151522 * g + 0.0721750 * b);
  const double z = LabCurve((0.0193339 * r + 0.1191920 * g + 0.9503041 * b) / 1.08883);
  return {116 * y - 16, 500 * (x - y), 200 * (y - z)};
}

}  // namespace pomona::image
