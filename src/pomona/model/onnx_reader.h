// SPDX-License-Identifier: Apache-2.0
// The few parts of an ONNX file (protobuf, onnx.proto3) that are needed before an engine
// compiles it: what goes in and out, and the numbers of its convolutions. Inside model/.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "pomona/base/status.h"

namespace pomona::model {

inline constexpr int64_t kOnnxFloat = 1;  // TensorProto.DataType
inline constexpr int64_t kOnnxFloat16 = 10;
inline constexpr int64_t kOnnxDouble = 11;
inline constexpr int64_t kOnnxBfloat16 = 16;

// Views into the file's bytes.
struct OnnxTensor {
  std::string name;
  int64_t data_type = 0;
  std::vector<int64_t> dims;
  std::string_view data;  // little-endian elements
  bool external = false;  // in another file

  // Float, double and both halves; else Invalid.
  Result<std::vector<float>> ToFloat32() const;
};

// A node's attribute: one number or several, or a word. Floats and tensors are left out.
struct OnnxSetting {
  std::string name;
  std::vector<int64_t> ints;
  std::string text;
};

struct OnnxNode {
  std::string name;
  std::string op_type;
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;
  std::vector<OnnxSetting> settings;
};

struct OnnxInput {
  std::string name;
  int64_t data_type = 0;
  std::vector<int64_t> dims;  // -1: any
};

struct OnnxGraph {
  std::vector<OnnxNode> nodes;        // in the order of computation
  std::vector<OnnxTensor> constants;  // initialisers and Constant nodes
  std::vector<OnnxInput> inputs;      // without initialisers
  std::vector<std::string> outputs;
  std::vector<OnnxInput> values;  // shapes that the file tells of other tensors
  int64_t opset = 0;              // of ONNX's own operators; 0: not told

  const OnnxTensor* FindConstant(std::string_view name) const;
};

// Invalid for bytes that are no ONNX model or are cut short; messages do not name the
// file. `bytes` must outlive the result.
Result<OnnxGraph> ReadOnnx(std::string_view bytes);

}  // namespace pomona::model
