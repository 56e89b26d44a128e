// SPDX-License-Identifier: Apache-2.0
// The network that turns a picture into a feature row, described, not yet compiled: a VGG
// as a table of layers with weights, EfficientNet-Lite0 or an ONNX file.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pomona/base/status.h"
#include "pomona/image/preprocess.h"

namespace pomona::model {

enum class LayerKind { kConv3x3Relu, kMaxPool2x2 };

// One line of the table. A convolution keeps H and W (zero padding 1, stride 1); a pool
// halves them, rounding down.
struct Layer {
  std::string name;  // Keras's: "block1_conv1", "block1_pool"
  LayerKind kind = LayerKind::kConv3x3Relu;
  int64_t in_channels = 0;
  int64_t out_channels = 0;
  int64_t num_parameters() const;
};

// VGG11, 13, 16 and 19 ("vgg16") without their tops; nullptr for any other name.
const std::vector<Layer>* VggLayers(std::string_view model);
// 13 convolutions, 5 pools, 14,714,688 parameters.
const std::vector<Layer>& Vgg16Layers();
// A network that has a name (vgg11 to vgg19, lite0), not a file.
bool IsNamedModel(std::string_view model);
// As people write it: "VGG16".
std::string ModelTitle(std::string_view model);

// wei: OIHW float32; bia: O float32.
struct ConvWeights {
  std::vector<float> wei;
  std::vector<float> bia;
};

enum class WeightsKind { kImagenet, kRandom, kFile };

struct Weights {
  WeightsKind kind = WeightsKind::kRandom;
  // "imagenet (built in)", "random weights (seed 42)", a file's name without its folder.
  std::string source;
  std::string sha256;  // of the file; of the numbers for random weights
  // In the order of the table; empty for ONNX files that are no stack.
  std::vector<ConvWeights> convs;
};

enum class Pool { kNone, kAvg, kMax };

struct BackboneOptions {
  // Or "vgg11", "vgg13", "vgg19", "lite0", or the path of an ONNX file.
  std::string model = "vgg16";
  std::string weights = "imagenet";  // or "none", or a file (VGGs only)
  uint64_t seed = 42;                // of weights "none"
  // 0: the network's own size (VGGs: 100; Lite0: 224; ONNX: of FILE.json, else the
  // file's fixed one).
  int64_t input_width = 0;
  int64_t input_height = 0;
  // VGGs: a layer's name, "" is the last. Lite0: stem, stage1 .. stage7, head, "" is
  // feat. ONNX: a tensor, "" is that of FILE.json, else the only output. Several by
  // commas: they stand beside each other in the row.
  std::string layer;
  Pool pool = Pool::kNone;
};

// The layers that `layer` names, in its order.
std::vector<std::string> Taps(const BackboneOptions& options);

// VGGs halve the picture five times.
inline constexpr int64_t kVggMinInput = 32;

// Everything an engine needs. For VGGs `weights` and `layers` (cut at the last tapped
// layer) are set, for Lite0 and ONNX files `onnx_bytes`; for ONNX files that are stacks,
// both.
struct Backbone {
  BackboneOptions options;  // resolved: sizes and, for ONNX, the layer are set
  std::vector<Layer> layers;
  Weights weights;
  std::string onnx_bytes;
  std::string onnx_input;  // name of its input
  // What the network wants unless the user says otherwise (ONNX: from FILE.json beside
  // it).
  image::Normalization default_normalization;
  std::string sha256;  // of everything that decides its numbers but the precision
  // Why it is no stack of 3x3 convolutions with ReLU and 2x2 max-pooling up to one layer,
  // which is what the native engine runs; "": it is one.
  std::string not_stack;
  bool is_onnx() const { return !onnx_bytes.empty(); }
  // VGGs: H, W, C of the tapped layer before pooling. Not known for ONNX and for several
  // layers (the engine tells).
  std::optional<std::array<int64_t, 3>> output_hwc() const;
};

// Loads weights or the ONNX file. Errors name the file, the layer, the shape found and
// the shape needed. An ONNX file must be one file (no external data) with one input of
// rank 4 and 3 channels, N first. FILE.json beside FILE.onnx may say what it wants:
// {"input": "x", "size": 224 or [width, height], "channels": "rgb" or "bgr", "scale": s,
//  "mean": [..], "std": [..], "layer": "feat"}; without it pixels go in as they are (RGB
// 0..255). Any other key is an error.
Result<Backbone> LoadBackbone(const BackboneOptions& options);

// A table like Keras's model.summary(): layer, output shape, parameters, totals.
std::string Summary(const Backbone& backbone);

}  // namespace pomona::model
