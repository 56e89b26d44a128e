// SPDX-License-Identifier: Apache-2.0
// ONNX files that Pomona writes: a linear map of feature rows, and a network with its
// preprocessing and such a map behind it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "pomona/base/status.h"
#include "pomona/image/preprocess.h"
#include "pomona/model/backbone.h"
#include "pomona/model/onnx_writer.h"

namespace pomona::model {

// What follows the rows: `add` puts nodes behind the tensor it is given and names the
// last one `output`, (N, k) float32.
struct OnnxTail {
  int64_t dim = 0;
  int64_t k = 0;
  std::string output;
  std::function<void(OnnxPart*, const std::string& rows)> add;
};

// ((x - mean) / scale) weights, in float32, called `pca`.
struct LinearTail {
  std::vector<float> mean;     // dim numbers; none: nothing is subtracted
  std::vector<float> scale;    // dim numbers
  std::vector<float> weights;  // dim x k, row by row
  int64_t dim() const { return static_cast<int64_t>(scale.size()); }
  int64_t k() const { return static_cast<int64_t>(weights.size()) / dim(); }
};

// Refers to `tail`, which must outlive it.
OnnxTail Ending(const LinearTail& tail);

// `features` (N, dim) float32 to the tail's output.
std::string TailToOnnx(const OnnxTail& tail, const OnnxMetadata& metadata);

// `pixels` (N, H, W, 3) uint8, RGB, of the backbone's size to the tail's output: the
// normalisation, the network, pooling, Keras's flatten order (H, W, C), the tail. Of an
// ONNX network the graph is kept and nodes are put around it, if its layer's shape is
// told in the file or by the kind of node; Invalid, naming what is in the way, if not.
Result<std::string> FusedToOnnx(const Backbone& backbone,
                                const image::Normalization& normalization,
                                const OnnxTail& tail, const OnnxMetadata& metadata);

}  // namespace pomona::model
