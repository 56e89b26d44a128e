// SPDX-License-Identifier: Apache-2.0
// Goldens of tests/golden/model: pictures and another library's features of them.
#pragma once

#include <array>
#include <cmath>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "pomona/base/safetensors.h"
#include "pomona/model/backbone.h"

namespace pomona::test {

struct Rows {
  int64_t count = 0;
  int64_t dim = 0;
  std::vector<float> values;
  const float* row(int64_t i) const { return values.data() + i * dim; }
};

class KerasGolden {
 public:
  explicit KerasGolden(const std::string& name = "vgg16_keras.safetensors") {
    std::ifstream file(POMONA_SOURCE_DIR "/tests/golden/model/" + name, std::ios::binary);
    bytes_.assign(std::istreambuf_iterator<char>(file), {});
    content_ = ParseSafetensors(bytes_).ValueOrDie();
  }
  KerasGolden(const KerasGolden&) = delete;

  Rows features(const std::string& name) const {
    const TensorView& tensor = content_.tensors.at(name);
    const int64_t count = tensor.shape[0];
    return {count, tensor.num_elements() / count, tensor.ToFloat32().ValueOrDie()};
  }

  // What the network takes: NCHW, B, G, R minus the means, as Keras's preprocess_input.
  Rows caffe_input(const std::string& name) const {
    constexpr std::array<float, 3> kMean = {103.939F, 116.779F, 123.68F};
    const TensorView& tensor = content_.tensors.at(name);
    const int64_t plane = tensor.shape[1] * tensor.shape[2];
    Rows out{tensor.shape[0], 3 * plane, {}};
    for (int64_t n = 0; n < out.count; ++n) {
      for (size_t c = 0; c < 3; ++c) {
        for (int64_t i = 0; i < plane; ++i) {
          const auto at = static_cast<size_t>((n * plane + i) * 3) + 2 - c;
          out.values.push_back(static_cast<uint8_t>(tensor.data[at]) - kMean[c]);
        }
      }
    }
    return out;
  }

 private:
  std::string bytes_;
  Safetensors content_;
};

// What vgg16_keras.safetensors holds of VGG16 with the built-in weights.
struct KerasCase {
  const char* golden;
  const char* input;
  int64_t width, height;
  const char* layer;
  model::Pool pool;

  model::BackboneOptions options() const {
    model::BackboneOptions options;
    options.input_width = width;
    options.input_height = height;
    options.layer = layer;
    options.pool = pool;
    return options;
  }
};

inline constexpr std::array<KerasCase, 6> kKerasCases = {{
    {"block5_pool", "pixels", 100, 100, "", model::Pool::kNone},
    {"block5_pool_avg", "pixels", 100, 100, "block5_pool", model::Pool::kAvg},
    {"block5_pool_max", "pixels", 100, 100, "", model::Pool::kMax},
    {"block3_conv2_avg", "pixels", 100, 100, "block3_conv2", model::Pool::kAvg},
    {"small_block5_pool", "pixels_64x48", 64, 48, "", model::Pool::kNone},
    {"small_block4_pool", "pixels_64x48", 64, 48, "block4_pool", model::Pool::kNone},
}};

// 2-norm of the difference over the 2-norm of the reference, the worst row.
inline double WorstRowError(const Rows& reference, const std::vector<float>& rows) {
  double worst = 0;
  for (int64_t n = 0; n < reference.count; ++n) {
    double difference = 0;
    double norm = 0;
    for (int64_t i = n * reference.dim; i < (n + 1) * reference.dim; ++i) {
      const double want = reference.values[static_cast<size_t>(i)];
      const double got = rows[static_cast<size_t>(i)];
      difference += (got - want) * (got - want);
      norm += want * want;
    }
    worst = std::max(worst, std::sqrt(difference / norm));
  }
  return worst;
}

inline double WorstRowCosine(const Rows& reference, const std::vector<float>& rows) {
  double worst = 1;
  for (int64_t n = 0; n < reference.count; ++n) {
    double dot = 0;
    double a = 0;
    double b = 0;
    for (int64_t i = n * reference.dim; i < (n + 1) * reference.dim; ++i) {
      const double want = reference.values[static_cast<size_t>(i)];
      const double got = rows[static_cast<size_t>(i)];
      dot += want * got;
      a += want * want;
      b += got * got;
    }
    worst = std::min(worst, dot / std::sqrt(a * b));
  }
  return worst;
}

}  // namespace pomona::test
