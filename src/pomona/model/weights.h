// SPDX-License-Identifier: Apache-2.0
// Weights of a table of layers, from the built-in file, a seed or a user's file. Inside
// model/: users call LoadBackbone.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "pomona/base/status.h"
#include "pomona/model/backbone.h"

namespace pomona::model {

// A tensor of a weight file, not yet read: shapes are checked before memory is spent.
struct FileTensor {
  std::string name;  // as in the file, for messages
  std::vector<int64_t> shape;
  std::function<Result<std::vector<float>>()> read;
};

// A convolution of a weight file. `name` is empty where the format keeps no layer names:
// such layers are matched by their order.
struct FileConv {
  std::string name;
  FileTensor wei;  // OIHW or HWIO; the shape tells which
  FileTensor bia;
};

// The convolutions that a file holds. `bytes` is the whole file and must outlive the
// result (HDF5 takes the path instead and is trusted). `model` ("vgg16") tells layers by
// torchvision's numbers, and which model of a Keras 3 file is meant ("": any VGG).
// Messages do not name the file.
Result<std::vector<FileConv>> ReadSafetensorsConvs(std::string_view bytes,
                                                   std::string_view model);
Result<std::vector<FileConv>> ReadHdf5Convs(const std::string& path,
                                            std::string_view model);
Result<std::vector<FileConv>> ReadOnnxConvs(std::string_view bytes);

// Fits what a file holds to the convolutions of `layers`, the first of `model`. Errors
// name the layer, the shape found and the shape needed; NaN and infinity are refused.
Result<std::vector<ConvWeights>> MatchConvs(const std::vector<FileConv>& found,
                                            std::string_view model,
                                            const std::vector<Layer>& layers);

// Keras's initial state: Glorot uniform kernels (Glorot and Bengio 2010, formula 16;
// limit sqrt(6 / (9 I + 9 O))), zero biases. Kernel value i (OIHW) of convolution c comes
// from SplitMix64 at counter (seed, c, i), in integers up to one float multiplication:
// the same numbers on every machine.
std::vector<ConvWeights> RandomConvs(const std::vector<Layer>& layers, uint64_t seed);

// What BackboneOptions::weights says, for the convolutions of `layers`.
Result<Weights> LoadWeights(const BackboneOptions& options,
                            const std::vector<Layer>& layers);

// "(64, 3, 3, 3)", for messages.
std::string ShapeText(const std::vector<int64_t>& shape);

}  // namespace pomona::model
