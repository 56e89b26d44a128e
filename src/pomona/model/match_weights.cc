// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "pomona/model/weights.h"

namespace pomona::model {
namespace {

using Shape = std::vector<int64_t>;

Status WrongShape(const Layer& layer, const FileTensor& tensor, const std::string& need) {
  return Status::Invalid("layer ", layer.name, " ('", tensor.name, "'): shape ",
                         ShapeText(tensor.shape), " found, ", need,
                         " needed: weights of another network?");
}

std::vector<float> HwioToOihw(const std::vector<float>& hwio, const Layer& layer) {
  const auto in = static_cast<size_t>(layer.in_channels);
  const auto out = static_cast<size_t>(layer.out_channels);
  std::vector<float> oihw(hwio.size());
  for (size_t hw = 0; hw < 9; ++hw) {
    for (size_t i = 0; i < in; ++i) {
      const float* from = hwio.data() + (hw * in + i) * out;
      for (size_t o = 0; o < out; ++o) oihw[(o * in + i) * 9 + hw] = from[o];
    }
  }
  return oihw;
}

Status CheckFinite(const Layer& layer, const FileTensor& tensor,
                   const std::vector<float>& values) {
  const auto bad = std::find_if_not(values.begin(), values.end(),
                                    [](float x) { return std::isfinite(x); });
  if (bad == values.end()) return Status::OK();
  return Status::Invalid(
      "layer ", layer.name, " ('", tensor.name, "'): element ", bad - values.begin(),
      " is ", std::isnan(*bad) ? "not a number" : "infinite", ": the weights are broken");
}

Result<std::vector<float>> Read(const Layer& layer, const FileTensor& tensor) {
  Result<std::vector<float>> values = tensor.read();
  if (!values.ok()) {
    return Status::Invalid("layer ", layer.name, " ('", tensor.name,
                           "'): ", values.status().message());
  }
  ARROW_RETURN_NOT_OK(CheckFinite(layer, tensor, *values));
  return values;
}

Result<ConvWeights> ReadConv(const Layer& layer, const FileConv& conv) {
  if (!conv.wei.read || !conv.bia.read) {
    return Status::Invalid("layer ", layer.name, " has no ",
                           conv.wei.read ? "bias" : "kernel");
  }
  const Shape oihw = {layer.out_channels, layer.in_channels, 3, 3};
  const Shape hwio = {3, 3, layer.in_channels, layer.out_channels};
  if (conv.wei.shape != oihw && conv.wei.shape != hwio) {
    return WrongShape(layer, conv.wei, ShapeText(hwio) + " or " + ShapeText(oihw));
  }
  const Shape bias = {layer.out_channels};
  if (conv.bia.shape != bias) return WrongShape(layer, conv.bia, ShapeText(bias));
  ConvWeights weights;
  ARROW_ASSIGN_OR_RAISE(weights.wei, Read(layer, conv.wei));
  ARROW_ASSIGN_OR_RAISE(weights.bia, Read(layer, conv.bia));
  if (conv.wei.shape == hwio) weights.wei = HwioToOihw(weights.wei, layer);
  return weights;
}

std::vector<Layer> Convolutions(const std::vector<Layer>& layers) {
  std::vector<Layer> convs;
  std::copy_if(layers.begin(), layers.end(), std::back_inserter(convs),
               [](const Layer& l) { return l.kind == LayerKind::kConv3x3Relu; });
  return convs;
}

// True for "block3_conv4" of VGG19 where VGG16 (`known`) is meant.
bool IsForeign(const std::string& name, const std::vector<Layer>& known) {
  if (!name.starts_with("block") || name.find("_conv") == std::string::npos) return false;
  return std::none_of(known.begin(), known.end(),
                      [&name](const Layer& l) { return l.name == name; });
}

Result<std::vector<const FileConv*>> Order(const std::vector<FileConv>& found,
                                           std::string_view model,
                                           const std::vector<Layer>& wanted) {
  const std::vector<Layer>& known = *VggLayers(model);
  const std::string title = ModelTitle(model);
  std::vector<const FileConv*> order;
  if (!found.empty() && found.front().name.empty()) {
    const size_t all = Convolutions(known).size();
    if (found.size() != all) {
      return Status::Invalid("it holds ", found.size(), " convolutions, ", title, " has ",
                             all, ": weights of another network?");
    }
    for (size_t i = 0; i < wanted.size(); ++i) order.push_back(&found[i]);
    return order;
  }
  for (const FileConv& conv : found) {
    if (IsForeign(conv.name, known)) {
      return Status::Invalid(
          "it has a layer ", conv.name, ", which ", title,
          " has not: weights of another network (--model vgg11, vgg13, vgg16, vgg19)?");
    }
  }
  for (const Layer& layer : wanted) {
    const auto at = std::find_if(found.begin(), found.end(), [&layer](const FileConv& c) {
      return c.name == layer.name;
    });
    if (at == found.end()) {
      return Status::Invalid("no weights for layer ", layer.name, " (shape ",
                             ShapeText({3, 3, layer.in_channels, layer.out_channels}),
                             " needed): weights of another network?");
    }
    order.push_back(&*at);
  }
  return order;
}

}  // namespace

std::string ShapeText(const std::vector<int64_t>& shape) {
  std::string text = "(";
  for (size_t i = 0; i < shape.size(); ++i) {
    text += (i == 0 ? "" : ", ") + std::to_string(shape[i]);
  }
  return text + (shape.size() == 1 ? ",)" : ")");
}

Result<std::vector<ConvWeights>> MatchConvs(const std::vector<FileConv>& found,
                                            std::string_view model,
                                            const std::vector<Layer>& layers) {
  const std::vector<Layer> wanted = Convolutions(layers);
  ARROW_ASSIGN_OR_RAISE(auto order, Order(found, model, wanted));
  std::vector<ConvWeights> convs;
  for (size_t i = 0; i < wanted.size(); ++i) {
    ARROW_ASSIGN_OR_RAISE(ConvWeights conv, ReadConv(wanted[i], *order[i]));
    convs.push_back(std::move(conv));
  }
  return convs;
}

}  // namespace pomona::model
