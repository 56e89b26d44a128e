// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "pomona/model/weights.h"

namespace pomona::model {
namespace {

// The mixing function of SplitMix64 (Steele, Lea, Flood 2014).
uint64_t Mix(uint64_t x) {
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
  return x ^ (x >> 31);
}

constexpr uint64_t kGamma = 0x9E3779B97F4A7C15ULL;

std::vector<float> GlorotUniform(uint64_t stream, size_t count, int64_t fan_sum) {
  const float limit = static_cast<float>(std::sqrt(6.0 / static_cast<double>(fan_sum)));
  std::vector<float> wei(count);
  for (size_t i = 0; i < count; ++i) {
    const uint64_t bits = Mix(stream + (i + 1) * kGamma);
    // 24 bits, odd: symmetric about zero, and exact in a float until the last product.
    const auto numerator =
        static_cast<int64_t>((bits >> 41) * 2 + 1) - (int64_t{1} << 23);
    wei[i] = static_cast<float>(numerator) * 0x1p-23F * limit;
  }
  return wei;
}

}  // namespace

std::vector<ConvWeights> RandomConvs(const std::vector<Layer>& layers, uint64_t seed) {
  std::vector<ConvWeights> convs;
  for (const Layer& layer : layers) {
    if (layer.kind != LayerKind::kConv3x3Relu) continue;
    const uint64_t stream = Mix(Mix(seed + kGamma) + convs.size());
    const auto count = static_cast<size_t>(9 * layer.in_channels * layer.out_channels);
    const int64_t fan_sum = 9 * (layer.in_channels + layer.out_channels);
    convs.push_back({GlorotUniform(stream, count, fan_sum),
                     std::vector<float>(static_cast<size_t>(layer.out_channels))});
  }
  return convs;
}

}  // namespace pomona::model
