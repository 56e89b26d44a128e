// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "pomona/base/status.h"
#include "pomona/image/preprocess.h"

namespace pomona::model {

// Sides of an input, at most.
inline constexpr int64_t kMaxOnnxInput = 16'384;

// What FILE.json beside FILE.onnx says (backbone.h); "" and 0: nothing.
struct Sidecar {
  std::string input;
  std::string layer;
  int64_t width = 0;
  int64_t height = 0;
  image::Normalization normalization;
};

// Pixels as they are where there is no file. Invalid names the file and the key.
Result<Sidecar> ReadSidecar(const std::string& onnx_path);

}  // namespace pomona::model
