// SPDX-License-Identifier: Apache-2.0
// ONNX graphs that are a stack of 3x3 convolutions with ReLU and 2x2 max-pooling, which
// the native engine runs. Inside model/.
#pragma once

#include <vector>

#include "pomona/base/status.h"
#include "pomona/model/backbone.h"
#include "pomona/model/onnx_reader.h"

namespace pomona::model {

struct OnnxStack {
  std::vector<Layer> layers;  // named by their nodes
  std::vector<ConvWeights> convs;
};

// The stack from `input` to the tensor `options.layer` of resolved options: convolutions
// of 3x3 with stride 1, padding 1, one group and constant float32 weights, each with
// ReLU; max-pooling of 2x2 that rounds down, not first; Identity and Dropout anywhere. An
// input (N, H, W, 3) begins with a Transpose to channels first; an output of rows ends
// with one to channels last and a Flatten (Keras's order). Else Invalid, and its message
// names the first node that does not fit with the reason.
Result<OnnxStack> ReadOnnxStack(const OnnxGraph& graph, const OnnxInput& input,
                                const BackboneOptions& options);

}  // namespace pomona::model
