// SPDX-License-Identifier: Apache-2.0
// Any bytes: sniff, info and decode end in pixels of the promised size or in a reject.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "pomona/base/reject.h"
#include "pomona/image/image.h"
#include "pomona/image/preprocess.h"

namespace {

using namespace pomona;  // NOLINT: a program, not a library

void Check(bool promise) {
  if (!promise) std::abort();
}

void CheckContract(const image::Image& picture) {
  image::PreprocessContract contract;
  contract.width = 13;
  contract.height = 9;
  contract.filter = static_cast<image::Filter>(picture.width % 4);
  contract.fit = static_cast<image::Fit>(picture.height % 3);
  std::vector<float> planes(3 * 13 * 9);
  Check(image::Preprocess(picture, contract, planes.data()).ok());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::span bytes(data, size);
  const auto format = image::Sniff(bytes);
  const auto info = image::ReadInfo(bytes);
  Check(format.ok() || GetReject(format.status()).has_value());
  Check(info.ok() || GetReject(info.status()).has_value());
  image::DecodeOptions options;
  options.max_pixels = 1 << 18;
  image::Image picture;
  const Status status = image::Decode(bytes, options, &picture);
  if (!status.ok()) {
    Check(GetReject(status).has_value());
    return 0;
  }
  Check(info.ok() && info->format == *format);
  Check(picture.width == info->width && picture.height == info->height);
  Check(picture.pixels.size() == static_cast<size_t>(picture.width * picture.height * 3));
  CheckContract(picture);
  return 0;
}
