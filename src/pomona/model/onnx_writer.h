// SPDX-License-Identifier: Apache-2.0
// ONNX files (onnx.proto3) as they are written: parts of a graph, and models made of
// them, new or around a user's. Only operators that mean the same in every operator set
// from 7 on. Inside model/.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "pomona/base/status.h"

namespace pomona::model {

inline constexpr int64_t kOnnxUint8 =
    2;  // TensorProto.DataType; the floats: onnx_reader.h

struct OnnxAttribute {
  std::string name;
  std::vector<int64_t> ints;
  bool is_list = true;  // false: one number
};

// A tensor that enters or leaves.
struct OnnxValue {
  std::string name;
  int64_t data_type = 0;
  std::vector<int64_t> dims;  // -1: N
};

// Nodes in the order of computation and their constants, serialised.
class OnnxPart {
 public:
  // All names of nodes and constants begin with `prefix`.
  explicit OnnxPart(std::string prefix = "") : prefix_(std::move(prefix)) {}

  // Each returns the name of the tensor that it makes.
  std::string Node(const std::string& op, const std::string& name,
                   const std::vector<std::string>& inputs,
                   const std::vector<OnnxAttribute>& attributes = {});
  std::string Floats(const std::string& name, const std::vector<int64_t>& dims,
                     const std::vector<float>& values);
  std::string Ints(const std::string& name, const std::vector<int64_t>& values);
  // The last tensor under the name `name`, without prefix.
  void Name(const std::string& tensor, const std::string& name);

  const std::vector<std::string>& nodes() const { return nodes_; }
  const std::vector<std::string>& constants() const { return constants_; }

 private:
  std::string Constant(const std::string& name, int64_t data_type,
                       const std::vector<int64_t>& dims, std::string_view data);

  std::string prefix_;
  std::vector<std::string> nodes_;
  std::vector<std::string> constants_;
};

using OnnxMetadata = std::map<std::string, std::string>;  // metadata_props

// A file with one input and one output.
std::string OnnxModel(const OnnxPart& part, const OnnxValue& input,
                      const OnnxValue& output, const OnnxMetadata& metadata);

// `model` with `before` in place of its input `replaced` (whose tensor `before` makes)
// and `after` behind it, as its only output. What else is in it stays.
Result<std::string> OnnxModelAround(std::string_view model, const std::string& replaced,
                                    const OnnxPart& before, const OnnxPart& after,
                                    const OnnxValue& input, const OnnxValue& output,
                                    const OnnxMetadata& metadata);

}  // namespace pomona::model
