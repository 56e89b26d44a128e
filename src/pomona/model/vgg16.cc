// SPDX-License-Identifier: Apache-2.0
// VGG16: Simonyan and Zisserman, arXiv:1409.1556, table 1, column D, without its top.
#include "pomona/model/backbone.h"

namespace pomona::model {

int64_t Layer::num_parameters() const {
  if (kind != LayerKind::kConv3x3Relu) return 0;
  return 9 * in_channels * out_channels + out_channels;
}

const std::vector<Layer>& Vgg16Layers() {
  constexpr LayerKind kConv = LayerKind::kConv3x3Relu;
  constexpr LayerKind kPool = LayerKind::kMaxPool2x2;
  static const std::vector<Layer> layers = {
      {"block1_conv1", kConv, 3, 64},    {"block1_conv2", kConv, 64, 64},
      {"block1_pool", kPool, 64, 64},    {"block2_conv1", kConv, 64, 128},
      {"block2_conv2", kConv, 128, 128}, {"block2_pool", kPool, 128, 128},
      {"block3_conv1", kConv, 128, 256}, {"block3_conv2", kConv, 256, 256},
      {"block3_conv3", kConv, 256, 256}, {"block3_pool", kPool, 256, 256},
      {"block4_conv1", kConv, 256, 512}, {"block4_conv2", kConv, 512, 512},
      {"block4_conv3", kConv, 512, 512}, {"block4_pool", kPool, 512, 512},
      {"block5_conv1", kConv, 512, 512}, {"block5_conv2", kConv, 512, 512},
      {"block5_conv3", kConv, 512, 512}, {"block5_pool", kPool, 512, 512},
  };
  return layers;
}

}  // namespace pomona::model
