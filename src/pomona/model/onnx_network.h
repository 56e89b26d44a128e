// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pomona/base/status.h"
#include "pomona/model/backbone.h"

namespace pomona::model {

// The ONNX half of LoadBackbone: reads FILE.onnx and FILE.json, checks that the network
// takes pictures, and resolves size and layer.
Result<Backbone> LoadOnnxNetwork(const BackboneOptions& options);

// EfficientNet-Lite0 with the weights that ship with Pomona.
Result<Backbone> LoadLite0(const BackboneOptions& options);

}  // namespace pomona::model
