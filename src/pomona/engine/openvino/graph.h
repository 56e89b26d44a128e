// SPDX-License-Identifier: Apache-2.0
// Backbones as OpenVINO graphs: one input (batch, 3, H, W), one output (batch, dim), both
// float32. Inside engine/openvino: functions here may throw what OpenVINO throws.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include <openvino/core/model.hpp>
#include <openvino/runtime/core.hpp>

#include "pomona/base/status.h"
#include "pomona/engine/feature_extractor.h"
#include "pomona/model/backbone.h"

namespace pomona::engine {

struct Graph {
  std::shared_ptr<ov::Model> model;
  std::vector<RowPart> parts;
};

// VGG16 from its table. The weights are copied into the graph.
Result<Graph> BuildVgg16(const model::Backbone& backbone, int64_t batch);

// An ONNX file through OpenVINO's frontend, at the fixed batch. Invalid, naming what is
// wrong, for a network that cannot be given this batch or size or has no such layer.
Result<Graph> BuildOnnx(ov::Core& core, const model::Backbone& backbone, int64_t batch);

// The rows of several tapped tensors beside each other, and how many columns each has.
// Where there are several, one of rank 2 counts as pooled already.
struct TappedRows {
  ov::Output<ov::Node> rows;
  std::vector<RowPart> parts;
};
Result<TappedRows> JoinRows(const ov::OutputVector& tapped,
                            const model::BackboneOptions& options, int64_t batch);

// Pools (rank 4 only) and flattens a float tensor of shape (batch, ...) to (batch, dim):
// rank 4 is taken as N, C, H, W and flattened in Keras's order H, W, C.
Result<ov::Output<ov::Node>> FlattenRows(const ov::Output<ov::Node>& tensor,
                                         model::Pool pool, int64_t batch);

}  // namespace pomona::engine
