// SPDX-License-Identifier: Apache-2.0
// Whatever is read as a network must be looked at as a stack of convolutions, at each of
// its outputs, without touching foreign memory; what is one has weights for every
// convolution.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "pomona/model/onnx_stack.h"
#include "pomona/model/weights.h"

namespace {

using pomona::model::Layer;
using pomona::model::LayerKind;

void CheckWeights(const pomona::model::OnnxStack& stack) {
  auto conv = stack.convs.begin();
  for (const Layer& layer : stack.layers) {
    if (layer.kind != LayerKind::kConv3x3Relu) continue;
    const auto numbers = static_cast<int64_t>(conv->wei.size() + conv->bia.size());
    if (numbers != layer.num_parameters()) std::abort();
    ++conv;
  }
  if (conv != stack.convs.end()) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view file(reinterpret_cast<const char*>(data), size);
  (void)pomona::model::ReadOnnxConvs(file);
  const auto graph = pomona::model::ReadOnnx(file);
  if (!graph.ok() || graph->inputs.empty()) return 0;
  const pomona::model::OnnxInput& input = graph->inputs.front();
  if (input.dims.size() != 4) return 0;  // LoadOnnxNetwork refuses it before
  pomona::model::BackboneOptions options;
  options.input_height = options.input_width = 9;
  for (const std::string& output : graph->outputs) {
    options.layer = output;
    const auto stack = pomona::model::ReadOnnxStack(*graph, input, options);
    if (stack.ok()) CheckWeights(*stack);
  }
  return 0;
}
