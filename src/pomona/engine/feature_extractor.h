// SPDX-License-Identifier: Apache-2.0
// A feature extractor runs a backbone on batches of preprocessed pictures. One interface
// for all engines; tests/contract runs the same suite on each.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "pomona/base/status.h"
#include "pomona/engine/choice.h"
#include "pomona/model/backbone.h"

namespace pomona::engine {

struct ExtractorOptions {
  Precision precision = Precision::kF32;
  int threads = 0;    // 0: all cores that this process may use
  int64_t batch = 0;  // pictures a request; 0: at 100x100 16 for OpenVINO, 32 for the
                      // native engine, fewer of larger ones (benchmarks/PRECISION.md)
  Backend backend = Backend::kOpenVino;
};

// Columns of a row that belong together: a layer's.
struct RowPart {
  std::string name;
  int64_t columns = 0;
  bool operator==(const RowPart&) const = default;
};

struct ExtractorInfo {
  std::string backend;  // "openvino 2026.4.1", "native 1 (avx512)"
  int64_t batch = 0;
  int64_t input_height = 0;
  int64_t input_width = 0;
  int64_t feature_dim = 0;     // numbers a row
  std::vector<RowPart> parts;  // of a row, in order: the tapped layers
  int concurrency = 0;         // calls of Extract to keep under way: running and next
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
