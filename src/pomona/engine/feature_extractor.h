// SPDX-License-Identifier: Apache-2.0
// A feature extractor runs a backbone on batches of preprocessed pictures. One interface
// for all engines; tests/contract runs the same suite on each.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "pomona/base/cpu.h"
#include "pomona/base/status.h"
#include "pomona/model/backbone.h"

namespace pomona::engine {

enum class Precision { kF32, kBf16 };
std::string_view PrecisionName(Precision precision);  // "f32", "bf16"

// What "auto" means on a CPU: a table filled from measurements (benchmarks/PRECISION.md).
Precision AutoPrecision(const CpuClass& cpu);
// "auto", "f32" or "bf16". Invalid for bf16 on a CPU without AVX-512 BF16 or AMX.
Result<Precision> ResolvePrecision(const std::string& text, const CpuClass& cpu);

struct ExtractorOptions {
  Precision precision = Precision::kF32;
  int threads = 0;    // 0: all cores that this process may use
  int64_t batch = 0;  // pictures a request, short batches are padded; 0: 16 at 100x100,
                      // fewer of larger ones (benchmarks/PRECISION.md)
};

struct ExtractorInfo {
  std::string backend;  // "openvino 2026.4.1"
  int64_t batch = 0;
  int64_t input_height = 0;
  int64_t input_width = 0;
  int64_t feature_dim = 0;  // numbers a row
  int concurrency = 0;      // calls of Extract to keep under way: running and next
};

class FeatureExtractor {
 public:
  virtual ~FeatureExtractor() = default;
  virtual const ExtractorInfo& info() const = 0;
  // `images`: count x 3 x H x W float32 (NCHW), count <= batch. `rows`: count x
  // feature_dim float32, Keras flatten order (H, W, C). Blocks; may be called from any
  // number of threads. A row's bits depend on its picture alone: not on count, neighbours
  // or threads.
  virtual Status Extract(const float* images, int64_t count, float* rows) = 0;
};

// Compiles `backbone`. Errors name the model and the reason (ONNX: inputs that are not
// one picture, dynamic sizes that cannot be set, unknown layer).
Result<std::unique_ptr<FeatureExtractor>> MakeFeatureExtractor(
    const model::Backbone& backbone, const ExtractorOptions& options);

}  // namespace pomona::engine
