// SPDX-License-Identifier: Apache-2.0
// What operators mean and their defaults: onnx/docs/Operators.md.
#include "pomona/model/onnx_stack.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>

namespace pomona::model {
namespace {

using Ints = std::vector<int64_t>;

std::string Named(const OnnxNode& node) {
  const std::string output = node.outputs.empty() ? "" : node.outputs.front();
  return node.op_type + " '" + (node.name.empty() ? output : node.name) + "'";
}

template <typename... Why>
Status Refuse(const OnnxNode& node, Why&&... why) {
  return Status::Invalid(Named(node), ": ", std::forward<Why>(why)...);
}

const OnnxSetting* Find(const OnnxNode& node, std::string_view name) {
  const auto at = std::find_if(node.settings.begin(), node.settings.end(),
                               [name](const OnnxSetting& s) { return s.name == name; });
  return at == node.settings.end() ? nullptr : &*at;
}

Ints Setting(const OnnxNode& node, std::string_view name, const Ints& usual) {
  const OnnxSetting* found = Find(node, name);
  return found == nullptr ? usual : found->ints;
}

Status Need(const OnnxNode& node, std::string_view name, const Ints& usual,
            const Ints& needed) {
  const Ints found = Setting(node, name, usual);
  if (found == needed) return Status::OK();
  std::string text;
  for (const int64_t x : needed) text += (text.empty() ? "" : ", ") + std::to_string(x);
  return Refuse(node, name, " is not ", text);
}

// "": said by `pads`. A stride of 1 makes both kinds of SAME the same.
Status NeedPadding(const OnnxNode& node, const Ints& needed, std::string_view same) {
  const OnnxSetting* mode = Find(node, "auto_pad");
  const std::string text = mode == nullptr ? "" : mode->text;
  if (!same.empty() && text.starts_with(same)) return Status::OK();
  if (!text.empty() && text != "NOTSET") return Refuse(node, "auto_pad is ", text);
  return Need(node, "pads", {0, 0, 0, 0}, needed);
}

// The nodes that lead from the input to `tensor`, in the order of computation.
Result<std::vector<const OnnxNode*>> Chain(const OnnxGraph& graph,
                                           const std::string& input, std::string tensor) {
  std::unordered_map<std::string_view, const OnnxNode*> makers;
  for (const OnnxNode& node : graph.nodes) {
    if (!node.outputs.empty()) makers[node.outputs.front()] = &node;
  }
  std::vector<const OnnxNode*> chain;
  while (tensor != input) {
    const auto at = makers.find(tensor);
    // Longer than the graph: hostile ones run in circles.
    if (at == makers.end() || at->second->inputs.empty() ||
        chain.size() == graph.nodes.size()) {
      return Status::Invalid("no chain of nodes leads from '", input, "' to '", tensor,
                             "'");
    }
    chain.push_back(at->second);
    tensor = at->second->inputs.front();
  }
  std::reverse(chain.begin(), chain.end());
  return chain;
}

// Walks a chain; `at_` is the node that it looks at.
class Reader {
 public:
  Reader(const OnnxGraph& graph, const BackboneOptions& options)
      : graph_(graph), height_(options.input_height), width_(options.input_width) {}

  Result<OnnxStack> Read(const std::vector<const OnnxNode*>& chain, bool channels_last,
                         Pool pool) {
    channels_last_ = channels_last;
    for (const OnnxNode* node : chain) ARROW_RETURN_NOT_OK(Add(*node));
    if (open_ != nullptr) return Refuse(*open_, "no ReLU behind it");
    if (stack_.layers.empty()) return Status::Invalid("it has no convolution");
    if (channels_last_ && !flat_) {
      return Status::Invalid("its output is (N, H, W, C), without a Flatten");
    }
    if (flat_ && pool != Pool::kNone) {
      return Status::Invalid("its output is flat, pooling needs (N, C, H, W)");
    }
    return std::move(stack_);
  }

 private:
  Status Add(const OnnxNode& node) {
    const std::string& op = node.op_type;
    if (op == "Identity" || op == "Dropout") return Status::OK();
    if (flat_) return Refuse(node, "behind a Flatten");
    if (op == "Transpose") return AddTranspose(node);
    if (op == "Flatten" || op == "Reshape") return AddFlatten(node);
    if (channels_last_) return Refuse(node, "on channels that are last");
    if (op == "Relu") {
      if (open_ == nullptr) return Refuse(node, "not behind a convolution");
      open_ = nullptr;
      return Status::OK();
    }
    if (open_ != nullptr) return Refuse(*open_, "no ReLU behind it");
    if (op == "Conv") return AddConv(node);
    if (op == "MaxPool") return AddPool(node);
    return Refuse(node, "neither a convolution nor ReLU nor max-pooling");
  }

  Status AddTranspose(const OnnxNode& node) {
    if (open_ != nullptr) return Refuse(*open_, "no ReLU behind it");
    const bool to_first = channels_last_ && stack_.layers.empty();
    ARROW_RETURN_NOT_OK(
        Need(node, "perm", {3, 2, 1, 0}, to_first ? Ints{0, 3, 1, 2} : Ints{0, 2, 3, 1}));
    channels_last_ = !to_first;
    return Status::OK();
  }

  Status AddFlatten(const OnnxNode& node) {
    if (open_ != nullptr) return Refuse(*open_, "no ReLU behind it");
    if (!channels_last_ && height_ * width_ > 1) {
      return Refuse(node, "rows in the order C, H, W, not H, W, C");
    }
    if (node.op_type != "Flatten") return Refuse(node, "not a Flatten");
    ARROW_RETURN_NOT_OK(Need(node, "axis", {1}, {1}));
    flat_ = true;
    return Status::OK();
  }

  Status AddConv(const OnnxNode& node) {
    const OnnxTensor* wei =
        node.inputs.size() > 1 ? graph_.FindConstant(node.inputs[1]) : nullptr;
    if (wei == nullptr) return Refuse(node, "its weights are computed");
    if (wei->dims.size() != 4 || wei->dims[2] != 3 || wei->dims[3] != 3) {
      return Refuse(node, "its kernel is not 3x3");
    }
    ARROW_RETURN_NOT_OK(Need(node, "kernel_shape", {3, 3}, {3, 3}));
    ARROW_RETURN_NOT_OK(Need(node, "strides", {1, 1}, {1, 1}));
    ARROW_RETURN_NOT_OK(Need(node, "dilations", {1, 1}, {1, 1}));
    ARROW_RETURN_NOT_OK(Need(node, "group", {1}, {1}));
    ARROW_RETURN_NOT_OK(NeedPadding(node, {1, 1, 1, 1}, "SAME"));
    const int64_t in = stack_.layers.empty() ? 3 : stack_.layers.back().out_channels;
    if (wei->dims[1] != in || wei->dims[0] < 1 || wei->dims[0] > kMostChannels) {
      return Refuse(node, "its kernel has ", wei->dims[1], " input and ", wei->dims[0],
                    " output channels");
    }
    Layer layer{node.name.empty() ? node.outputs.front() : node.name,
                LayerKind::kConv3x3Relu, in, wei->dims[0]};
    ConvWeights weights;
    ARROW_ASSIGN_OR_RAISE(weights.wei, Floats(node, *wei, 9 * in * layer.out_channels));
    weights.bia.resize(static_cast<size_t>(layer.out_channels));
    if (node.inputs.size() > 2 && !node.inputs[2].empty()) {
      const OnnxTensor* bia = graph_.FindConstant(node.inputs[2]);
      if (bia == nullptr) return Refuse(node, "its bias is computed");
      ARROW_ASSIGN_OR_RAISE(weights.bia, Floats(node, *bia, layer.out_channels));
    }
    stack_.layers.push_back(std::move(layer));
    stack_.convs.push_back(std::move(weights));
    open_ = &node;
    return Status::OK();
  }

  static Result<std::vector<float>> Floats(const OnnxNode& node, const OnnxTensor& tensor,
                                           int64_t needed) {
    if (tensor.data_type != kOnnxFloat) {
      return Refuse(node, "its weights are not float32");
    }
    Result<std::vector<float>> values = tensor.ToFloat32();
    if (!values.ok()) return Refuse(node, values.status().message());
    if (static_cast<int64_t>(values->size()) != needed) {
      return Refuse(node, values->size(), " numbers in '", tensor.name, "', ", needed,
                    " needed");
    }
    if (!std::all_of(values->begin(), values->end(),
                     [](float x) { return std::isfinite(x); })) {
      return Refuse(node, "its weights are not all finite");
    }
    return values;
  }

  Status AddPool(const OnnxNode& node) {
    if (stack_.layers.empty()) return Refuse(node, "before any convolution");
    ARROW_RETURN_NOT_OK(Need(node, "kernel_shape", {}, {2, 2}));
    ARROW_RETURN_NOT_OK(Need(node, "strides", {1, 1}, {2, 2}));
    ARROW_RETURN_NOT_OK(Need(node, "dilations", {1, 1}, {1, 1}));
    ARROW_RETURN_NOT_OK(Need(node, "ceil_mode", {0}, {0}));
    ARROW_RETURN_NOT_OK(NeedPadding(node, {0, 0, 0, 0}, "VALID"));
    height_ /= 2;
    width_ /= 2;
    if (height_ < 1 || width_ < 1) return Refuse(node, "nothing is left of the picture");
    const int64_t channels = stack_.layers.back().out_channels;
    stack_.layers.push_back({node.name.empty() ? node.outputs.front() : node.name,
                             LayerKind::kMaxPool2x2, channels, channels});
    return Status::OK();
  }

  static constexpr int64_t kMostChannels = 65'536;
  const OnnxGraph& graph_;
  int64_t height_;
  int64_t width_;
  bool channels_last_ = false;
  bool flat_ = false;
  const OnnxNode* open_ = nullptr;  // a convolution that waits for its ReLU
  OnnxStack stack_;
};

}  // namespace

Result<OnnxStack> ReadOnnxStack(const OnnxGraph& graph, const OnnxInput& input,
                                const BackboneOptions& options) {
  if (Taps(options).size() > 1) {
    return Status::Invalid("several layers are asked for");
  }
  if (input.data_type != kOnnxFloat) {
    return Status::Invalid("its input is not float32");
  }
  ARROW_ASSIGN_OR_RAISE(const auto chain, Chain(graph, input.name, options.layer));
  const bool channels_first = input.dims[1] < 0 || input.dims[1] == 3;
  return Reader(graph, options).Read(chain, !channels_first, options.pool);
}

}  // namespace pomona::model
