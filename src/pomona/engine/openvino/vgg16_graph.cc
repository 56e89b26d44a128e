// SPDX-License-Identifier: Apache-2.0
#include <map>
#include <string>

#include <openvino/op/add.hpp>
#include <openvino/op/concat.hpp>
#include <openvino/op/constant.hpp>
#include <openvino/op/convert.hpp>
#include <openvino/op/convolution.hpp>
#include <openvino/op/max_pool.hpp>
#include <openvino/op/parameter.hpp>
#include <openvino/op/reduce_max.hpp>
#include <openvino/op/reduce_mean.hpp>
#include <openvino/op/relu.hpp>
#include <openvino/op/reshape.hpp>
#include <openvino/op/result.hpp>
#include <openvino/op/transpose.hpp>

#include "pomona/engine/openvino/graph.h"

namespace pomona::engine {
namespace {

using Tensor = ov::Output<ov::Node>;
using ov::op::v0::Constant;

std::shared_ptr<ov::Node> Indices(const std::vector<int64_t>& values) {
  return Constant::create(ov::element::i64, {values.size()}, values);
}

Tensor Conv3x3Relu(const Tensor& src, const model::Layer& layer,
                   const model::ConvWeights& weights) {
  const auto ic = static_cast<size_t>(layer.in_channels);
  const auto oc = static_cast<size_t>(layer.out_channels);
  const auto wei = std::make_shared<Constant>(ov::element::f32, ov::Shape{oc, ic, 3, 3},
                                              weights.wei.data());
  const auto bia = std::make_shared<Constant>(ov::element::f32, ov::Shape{1, oc, 1, 1},
                                              weights.bia.data());
  const auto conv = std::make_shared<ov::op::v1::Convolution>(
      src, wei, ov::Strides{1, 1}, ov::CoordinateDiff{1, 1}, ov::CoordinateDiff{1, 1},
      ov::Strides{1, 1});
  const auto sum = std::make_shared<ov::op::v1::Add>(conv, bia);
  const auto relu = std::make_shared<ov::op::v0::Relu>(sum);
  relu->set_friendly_name(layer.name);
  return relu;
}

Tensor MaxPool2x2(const Tensor& src, const model::Layer& layer) {
  const auto pool = std::make_shared<ov::op::v1::MaxPool>(
      src, ov::Strides{2, 2}, ov::Shape{0, 0}, ov::Shape{0, 0}, ov::Shape{2, 2});
  pool->set_friendly_name(layer.name);
  return pool;
}

}  // namespace

Result<Tensor> FlattenRows(const Tensor& tensor, model::Pool pool, int64_t batch) {
  const size_t rank = tensor.get_shape().size();
  if (pool != model::Pool::kNone && rank != 4) {
    return Status::Invalid("pooling needs a tensor (N, C, H, W), this one has rank ",
                           rank, "; use no pooling");
  }
  Tensor rows = tensor;
  if (rows.get_element_type() != ov::element::f32) {
    rows = std::make_shared<ov::op::v0::Convert>(rows, ov::element::f32);
  }
  if (pool == model::Pool::kAvg) {
    return Tensor(std::make_shared<ov::op::v1::ReduceMean>(rows, Indices({2, 3}), false));
  }
  if (pool == model::Pool::kMax) {
    return Tensor(std::make_shared<ov::op::v1::ReduceMax>(rows, Indices({2, 3}), false));
  }
  if (rank == 4) {
    rows = std::make_shared<ov::op::v1::Transpose>(rows, Indices({0, 2, 3, 1}));
  }
  if (rank != 2) {
    rows = std::make_shared<ov::op::v1::Reshape>(rows, Indices({batch, -1}), false);
  }
  return rows;
}

Result<TappedRows> JoinRows(const ov::OutputVector& tapped,
                            const model::BackboneOptions& options, int64_t batch) {
  const std::vector<std::string> names = model::Taps(options);
  TappedRows joined;
  ov::OutputVector rows;
  for (size_t i = 0; i < tapped.size(); ++i) {
    const bool flat = tapped.size() > 1 && tapped[i].get_shape().size() == 2;
    const auto pool = flat ? model::Pool::kNone : options.pool;
    auto own = FlattenRows(tapped[i], pool, batch);
    if (!own.ok()) {
      return Status::Invalid("layer '", names[i], "': ", own.status().message());
    }
    rows.push_back(*own);
    joined.parts.push_back({names[i], static_cast<int64_t>(own->get_shape()[1])});
  }
  joined.rows =
      rows.size() == 1 ? rows[0] : Tensor(std::make_shared<ov::op::v0::Concat>(rows, 1));
  return joined;
}

Result<Graph> BuildVgg16(const model::Backbone& backbone, int64_t batch) {
  const ov::Shape shape = {static_cast<size_t>(batch), 3,
                           static_cast<size_t>(backbone.options.input_height),
                           static_cast<size_t>(backbone.options.input_width)};
  const auto input = std::make_shared<ov::op::v0::Parameter>(ov::element::f32, shape);
  Tensor tensor = input;
  auto weights = backbone.weights.convs.begin();
  std::map<std::string, Tensor> outputs;
  for (const model::Layer& layer : backbone.layers) {
    tensor = layer.kind == model::LayerKind::kMaxPool2x2
                 ? MaxPool2x2(tensor, layer)
                 : Conv3x3Relu(tensor, layer, *weights++);
    outputs[layer.name] = tensor;
  }
  ov::OutputVector tapped;
  for (const auto& name : model::Taps(backbone.options)) {
    tapped.push_back(outputs.at(name));
  }
  ARROW_ASSIGN_OR_RAISE(TappedRows joined, JoinRows(tapped, backbone.options, batch));
  return Graph{std::make_shared<ov::Model>(
                   ov::ResultVector{std::make_shared<ov::op::v0::Result>(joined.rows)},
                   ov::ParameterVector{input}, "vgg16"),
               std::move(joined.parts)};
}

}  // namespace pomona::engine
