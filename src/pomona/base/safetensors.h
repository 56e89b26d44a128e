// SPDX-License-Identifier: Apache-2.0
// The safetensors format (header length, JSON header, raw tensors), for weights and
// reducers. Files are hostile input: every offset is checked against the size.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "pomona/base/status.h"

namespace pomona {

// A view into the file's bytes, which must outlive it. Data may be unaligned.
struct TensorView {
  std::string dtype;  // "F32", "F64", "F16", "BF16", "I64", ...
  std::vector<int64_t> shape;
  std::string_view data;

  int64_t num_elements() const;
  // Copies to float32 (from F16, BF16, F32, F64) or float64 (from F32, F64). Invalid for
  // other dtypes and where the data do not have the size that dtype and shape tell.
  Result<std::vector<float>> ToFloat32() const;
  Result<std::vector<double>> ToFloat64() const;
};

struct Safetensors {
  std::map<std::string, TensorView> tensors;
  std::map<std::string, std::string> metadata;  // "__metadata__"
};

// Bytes an element of `dtype`; 0 for a dtype that the format does not know.
int64_t SafetensorsDtypeSize(std::string_view dtype);

// Invalid for anything that is not a well-formed file; messages do not name the file.
// Well-formed, as the format's own library has it: the tensors fill the data without
// holes or overlaps, and no key comes twice. Memory is proportional to the header.
Result<Safetensors> ParseSafetensors(std::string_view file);

// Bytes of a file: tensors in the order of their names, the header padded to 8 bytes.
// Same content, same bytes. Invalid for a tensor whose data do not fit dtype and shape.
Result<std::string> SerializeSafetensors(const Safetensors& content);

// SHA-256 over the names and the numbers: a flipped bit would change every answer and
// show nowhere.
std::string TensorsSha256(const Safetensors& content);

}  // namespace pomona
