// SPDX-License-Identifier: Apache-2.0
// The preprocessing contract: everything between encoded bytes and the network's input,
// as one value. It is written to the plan and stored with the reducer, and checked when
// they meet again.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "pomona/base/status.h"
#include "pomona/image/image.h"

namespace pomona::image {

// Pillow's filters, antialiased when shrinking.
enum class Filter { kNearest, kBilinear, kBicubic, kLanczos };
// kStretch ignores the aspect ratio; kCrop fills and cuts the centre; kPad fits inside
// and fills with `pad_color`.
enum class Fit { kStretch, kCrop, kPad };
// What the network sees of a picture; its row is the mean of theirs. kMirror: the picture
// and its mirror image. kSeven: these and five crops of 0.6 of the sides: the four
// corners and the centre.
enum class Views { kOne, kMirror, kSeven };
int64_t ViewCount(Views views);
// What of a photo becomes rows. kFruits: the photo itself, then each region that may be a
// fruit (regions.h), like a picture of its own.
enum class RegionSet { kPhoto, kFruits };
// kGreyWorld: red, green and blue are brought to one mean (colour.h).
enum class WhiteBalance { kNone, kGreyWorld };

// value = (pixel * scale - mean[c]) / std[c], c in `bgr` or RGB order, float32.
struct Normalization {
  std::string name = "caffe";  // "caffe", "tf", "torch", "none" or "custom"
  bool bgr = true;
  float scale = 1.0F;
  std::array<float, 3> mean = {103.939F, 116.779F,
                               123.68F};  // in the order of the channels
  std::array<float, 3> std = {1.0F, 1.0F, 1.0F};

  // caffe: Keras's for VGG16 (BGR minus means). tf: x / 127.5 - 1. torch: x / 255,
  // ImageNet mean and deviation. none: pixels as they are. Invalid for any other name;
  // "custom" has no numbers of its own.
  static Result<Normalization> Named(const std::string& name);
  bool operator==(const Normalization&) const = default;
};

struct PreprocessContract {
  std::string decoder;  // DecoderVersions()
  bool apply_orientation = true;
  int64_t width = 100;
  int64_t height = 100;
  Filter filter = Filter::kBilinear;
  Fit fit = Fit::kStretch;
  std::array<uint8_t, 3> pad_color = {255, 255, 255};
  Normalization normalization;
  // Always "NCHW": planes of `height` rows of `width` float32.

  // Left out of the JSON where they are as here: contracts from before they were there
  // stay as they are.
  WhiteBalance white_balance = WhiteBalance::kNone;  // before all else
  Views views = Views::kOne;
  bool colour = false;  // colour.h's numbers stand behind the network's
  RegionSet regions = RegionSet::kPhoto;

  // Checks ranges (sides 1 .. 16,384; std above 0; a named normalization has that name's
  // numbers); names the field that is wrong.
  Status Validate() const;
  // Canonical JSON (sorted keys, shortest round-trip floats): equal contracts, equal
  // text.
  std::string ToJson() const;
  // Takes what ToJson writes: every field, no other; the error names the field.
  static Result<PreprocessContract> FromJson(const std::string& json);
  // "" when equal, else the fields that differ: "filter: bilinear here, lanczos there".
  std::string Difference(const PreprocessContract& other) const;
  bool operator==(const PreprocessContract&) const = default;
};

// Resizes as Pillow's Image.resize does, bit for bit (fixed-point, same rounding). Sides
// 1 .. 1,000,000. `out` may not be `in`.
Status Resize(const Image& in, int64_t width, int64_t height, Filter filter, Image* out);

// Fits and normalises one picture into `dst`, 3 * height * width float32 in NCHW order.
// Scratch memory is per thread. Thread-safe.
Status Preprocess(const Image& image, const PreprocessContract& contract, float* dst);

// The same of each view, one after the other: ViewCount x 3 x height x width. White
// balance is the caller's.
Status PreprocessViews(const Image& image, const PreprocessContract& contract,
                       float* dst);

}  // namespace pomona::image
