// SPDX-License-Identifier: Apache-2.0
// ONNX files that Pomona writes: a linear map of feature rows, and a network with its
// preprocessing and such a map behind it.
#pragma once

#include <string>
#include <vector>

#include "pomona/base/status.h"
#include "pomona/image/preprocess.h"
#include "pomona/model/backbone.h"
#include "pomona/model/onnx_writer.h"

namespace pomona::model {

// ((x - mean) / scale) weights, in float32.
struct LinearTail {
  std::vector<float> mean;     // dim numbers; none: nothing is subtracted
  std::vector<float> scale;    // dim numbers
  std::vector<float> weights;  // dim x k, row by row
  int64_t dim() const { return static_cast<int64_t>(scale.size()); }
  int64_t k() const { return static_cast<int64_t>(weights.size()) / dim(); }
};

// `features` (N, dim) float32 to `pca` (N, k).
std::string TailToOnnx(const LinearTail& tail, const OnnxMetadata& metadata);

// `pixels` (N, H, W, 3) uint8, RGB, of the backbone's size to `pca` (N, k): the
// normalisation, the network, pooling, Keras's flatten order (H, W, C), the tail. Of an
// ONNX network the graph is kept and nodes are put around it, if its layer's shape is
// told in the file or by the kind of node; Invalid, naming what is in the way, if not.
Result<std::string> FusedToOnnx(const Backbone& backbone,
                                const image::Normalization& normalization,
                                const LinearTail& tail, const OnnxMetadata& metadata);

}  // namespace pomona::model
