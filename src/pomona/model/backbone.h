// SPDX-License-Identifier: Apache-2.0
// The network that turns a picture into a feature row, described, not yet compiled: VGG16
// as a table of layers with weights, EfficientNet-Lite0 or an ONNX file.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
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

// VGG16 without its top: 13 convolutions, 5 pools, 14,714,688 parameters.
const std::vector<Layer>& Vgg16Layers();

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
  std::string sha256;              // of the file; of the numbers for random weights
  std::vector<ConvWeights> convs;  // in the order of the table; empty for ONNX
};

enum class Pool { kNone, kAvg, kMax };

struct BackboneOptions {
  std::string model = "vgg16";       // or "lite0", or the path of an ONNX file
  std::string weights = "imagenet";  // or "none", or a file (VGG16 only)
  uint64_t seed = 42;                // of weights "none"
  // 0: the network's own size (VGG16: 100; Lite0: 224; ONNX: of FILE.json, else the
  // file's fixed one).
  int64_t input_width = 0;
  int64_t input_height = 0;
  // VGG16: a layer's name, "" is the last. Lite0: stem, stage1 .. stage7, head, "" is
  // feat. ONNX: a tensor, "" is that of FILE.json, else the only output. Several by
  // commas: they stand beside each other in the row.
  std::string layer;
  Pool pool = Pool::kNone;
};

// The layers that `layer` names, in its order.
std::vector<std::string> Taps(const BackboneOptions& options);
// VGG16 up to one layer: a stack of convolutions and pools, which the native engine runs.
bool IsStack(const BackboneOptions& options);

// VGG16 halves the picture five times.
inline constexpr int64_t kVgg16MinInput = 32;

// Everything an engine needs. For VGG16 `weights` and `layers` (cut at the last tapped
// layer) are set, for Lite0 and ONNX files `onnx_bytes`.
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
  bool is_onnx() const { return !onnx_bytes.empty(); }
  // VGG16: H, W, C of the tapped layer before pooling. Not known for ONNX and for several
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
