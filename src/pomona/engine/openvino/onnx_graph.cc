// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <openvino/core/preprocess/pre_post_process.hpp>
#include <openvino/op/result.hpp>

#include "pomona/engine/openvino/graph.h"

namespace pomona::engine {
namespace {

using Tensor = ov::Output<ov::Node>;

bool HasName(const Tensor& tensor, const std::string& name) {
  return tensor.get_names().count(name) != 0;
}

// The tensor (or, failing that, the only output of the node) called `name`.
Result<Tensor> FindTensor(ov::Model& model, const std::string& name) {
  std::string outputs;
  for (const Tensor& output : model.outputs()) {
    const Tensor source = output.get_node()->input_value(0);
    if (HasName(output, name)) return source;
    for (const std::string& known : output.get_names()) outputs += " " + known;
  }
  for (const auto& node : model.get_ordered_ops()) {
    if (ov::is_type<ov::op::v0::Result>(node)) continue;
    for (const Tensor& output : node->outputs()) {
      if (HasName(output, name)) return output;
    }
    if (node->get_friendly_name() == name && node->get_output_size() == 1) {
      return node->output(0);
    }
  }
  return Status::Invalid("no tensor '", name, "' in it; its outputs:", outputs);
}

bool IsChannelsFirst(const ov::PartialShape& shape) { return shape[1].compatible(3); }

// Our side of the input: float32, N, C, H, W.
std::shared_ptr<ov::Model> WithPictureInput(const std::shared_ptr<ov::Model>& model,
                                            bool channels_first) {
  ov::preprocess::PrePostProcessor steps(model);
  steps.input().tensor().set_element_type(ov::element::f32).set_layout("NCHW");
  steps.input().model().set_layout(channels_first ? "NCHW" : "NHWC");
  return steps.build();
}

std::string ShapeText(const ov::PartialShape& shape) { return shape.to_string(); }

// What is behind the taps falls away, and with it what might not take this size.
std::shared_ptr<ov::Model> CutBehind(const std::shared_ptr<ov::Model>& model,
                                     const ov::OutputVector& tapped) {
  ov::ResultVector results;
  for (const Tensor& tensor : tapped) {
    results.push_back(std::make_shared<ov::op::v0::Result>(tensor));
  }
  return std::make_shared<ov::Model>(results, model->get_parameters());
}

Status CheckRows(const Tensor& output, const std::string& name, int64_t batch) {
  const ov::PartialShape shape = output.get_partial_shape();
  if (shape.is_dynamic() || shape.size() < 2 || shape[0] != batch) {
    return Status::Invalid("tensor '", name, "' has shape ", ShapeText(shape),
                           ", a row for each of ", batch, " pictures needed");
  }
  if (output.get_element_type().is_real()) return Status::OK();
  return Status::Invalid("tensor '", name, "' holds ",
                         output.get_element_type().get_type_name(),
                         ", floating-point numbers needed");
}

}  // namespace

Result<Graph> BuildOnnx(ov::Core& core, const model::Backbone& backbone, int64_t batch) {
  std::shared_ptr<ov::Model> model = core.read_model(backbone.onnx_bytes, ov::Tensor());
  const model::BackboneOptions& options = backbone.options;
  const std::vector<std::string> names = model::Taps(options);
  ov::OutputVector tapped;
  for (const std::string& name : names) {
    ARROW_ASSIGN_OR_RAISE(tapped.emplace_back(), FindTensor(*model, name));
  }
  model = CutBehind(model, tapped);

  const bool channels_first = IsChannelsFirst(model->input().get_partial_shape());
  const int64_t h = options.input_height;
  const int64_t w = options.input_width;
  model->reshape(channels_first ? ov::PartialShape{batch, 3, h, w}
                                : ov::PartialShape{batch, h, w, 3});
  for (size_t i = 0; i < names.size(); ++i) {
    tapped[i] = model->get_results()[i]->input_value(0);
    ARROW_RETURN_NOT_OK(CheckRows(tapped[i], names[i], batch));
  }
  ARROW_ASSIGN_OR_RAISE(TappedRows joined, JoinRows(tapped, options, batch));
  model = std::make_shared<ov::Model>(
      ov::ResultVector{std::make_shared<ov::op::v0::Result>(joined.rows)},
      model->get_parameters());
  return Graph{WithPictureInput(model, channels_first), std::move(joined.parts)};
}

}  // namespace pomona::engine
