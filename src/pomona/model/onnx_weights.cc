// SPDX-License-Identifier: Apache-2.0
#include "pomona/model/onnx_reader.h"
#include "pomona/model/weights.h"

namespace pomona::model {
namespace {

FileTensor ToFileTensor(const OnnxTensor& tensor) {
  return {tensor.name, tensor.dims, [tensor] { return tensor.ToFloat32(); }};
}

}  // namespace

Result<std::vector<FileConv>> ReadOnnxConvs(std::string_view bytes) {
  ARROW_ASSIGN_OR_RAISE(const OnnxGraph graph, ReadOnnx(bytes));
  std::vector<FileConv> found;
  for (const OnnxNode& node : graph.nodes) {
    if (node.op_type != "Conv") continue;
    const auto constant = [&](size_t i) {
      return i < node.inputs.size() ? graph.FindConstant(node.inputs[i]) : nullptr;
    };
    const OnnxTensor* wei = constant(1);
    const OnnxTensor* bia = constant(2);
    if (wei == nullptr || bia == nullptr) {
      return Status::Invalid("convolution ", found.size() + 1, " ('", node.name,
                             "') has no ",
                             wei == nullptr ? "constant kernel" : "constant bias");
    }
    found.push_back({"", ToFileTensor(*wei), ToFileTensor(*bia)});
  }
  return found;
}

}  // namespace pomona::model
