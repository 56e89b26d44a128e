// SPDX-License-Identifier: Apache-2.0
#include "pomona/base/safetensors.h"

#include <array>
#include <bit>
#include <cstring>
#include <utility>

#include <nlohmann/json.hpp>

#include "pomona/base/hash.h"

namespace pomona {
namespace {

static_assert(std::endian::native == std::endian::little, "the format is little-endian");

constexpr std::array<std::pair<std::string_view, int64_t>, 15> kDtypes = {{{"BOOL", 1},
                                                                           {"U8", 1},
                                                                           {"I8", 1},
                                                                           {"F8_E5M2", 1},
                                                                           {"F8_E4M3", 1},
                                                                           {"I16", 2},
                                                                           {"U16", 2},
                                                                           {"F16", 2},
                                                                           {"BF16", 2},
                                                                           {"I32", 4},
                                                                           {"U32", 4},
                                                                           {"F32", 4},
                                                                           {"F64", 8},
                                                                           {"I64", 8},
                                                                           {"U64", 8}}};

float HalfToFloat(uint16_t half) {
  const uint32_t sign = static_cast<uint32_t>(half & 0x8000U) << 16;
  const uint32_t exponent = (half >> 10) & 0x1FU;
  const uint32_t fraction = half & 0x3FFU;
  if (exponent == 0) {  // zero or subnormal: fraction * 2^-24
    const float value = static_cast<float>(fraction) * 0x1p-24F;
    return sign != 0 ? -value : value;
  }
  const uint32_t rebased = exponent == 0x1F ? 0xFFU : exponent + 112;
  return std::bit_cast<float>(sign | (rebased << 23) | (fraction << 13));
}

float Bfloat16ToFloat(uint16_t half) {
  return std::bit_cast<float>(static_cast<uint32_t>(half) << 16);
}

template <typename In, typename Out, typename Convert>
std::vector<Out> Map(std::string_view data, int64_t count, Convert convert) {
  std::vector<Out> out(static_cast<size_t>(count));
  for (size_t i = 0; i < out.size(); ++i) {
    In in;
    std::memcpy(&in, data.data() + i * sizeof(In), sizeof(In));
    out[i] = convert(in);
  }
  return out;
}

template <typename T>
std::vector<T> Copy(std::string_view data, int64_t count) {
  std::vector<T> out(static_cast<size_t>(count));
  if (count > 0) std::memcpy(out.data(), data.data(), out.size() * sizeof(T));
  return out;
}

Status CheckSize(const TensorView& tensor) {
  const int64_t size = SafetensorsDtypeSize(tensor.dtype);
  if (size == 0) return Status::Invalid("unknown dtype '", tensor.dtype, "'");
  int64_t count = 1;
  for (int64_t dim : tensor.shape) {
    if (dim < 0 || __builtin_mul_overflow(count, dim, &count)) {
      return Status::Invalid("impossible shape");
    }
  }
  int64_t bytes = 0;
  if (__builtin_mul_overflow(count, size, &bytes) ||
      bytes != static_cast<int64_t>(tensor.data.size())) {
    return Status::Invalid("shape and dtype need ", count, " elements of ", size,
                           " bytes, found ", tensor.data.size(), " bytes");
  }
  return Status::OK();
}

}  // namespace

int64_t SafetensorsDtypeSize(std::string_view dtype) {
  for (const auto& [name, size] : kDtypes) {
    if (name == dtype) return size;
  }
  return 0;
}

int64_t TensorView::num_elements() const {
  int64_t count = 1;
  for (int64_t dim : shape) count *= dim;
  return count;
}

Result<std::vector<float>> TensorView::ToFloat32() const {
  ARROW_RETURN_NOT_OK(CheckSize(*this));
  const int64_t n = num_elements();
  if (dtype == "F32") return Copy<float>(data, n);
  if (dtype == "F16") return Map<uint16_t, float>(data, n, HalfToFloat);
  if (dtype == "BF16") return Map<uint16_t, float>(data, n, Bfloat16ToFloat);
  if (dtype == "F64") {
    return Map<double, float>(data, n, [](double x) { return static_cast<float>(x); });
  }
  return Status::Invalid("dtype ", dtype, " found, F16, BF16, F32 or F64 needed");
}

Result<std::vector<double>> TensorView::ToFloat64() const {
  ARROW_RETURN_NOT_OK(CheckSize(*this));
  const int64_t n = num_elements();
  if (dtype == "F64") return Copy<double>(data, n);
  if (dtype == "F32") {
    return Map<float, double>(data, n, [](float x) { return static_cast<double>(x); });
  }
  return Status::Invalid("dtype ", dtype, " found, F32 or F64 needed");
}

Result<std::string> SerializeSafetensors(const Safetensors& content) {
  nlohmann::json header = nlohmann::json::object();
  if (!content.metadata.empty()) header["__metadata__"] = content.metadata;
  size_t offset = 0;
  for (const auto& [name, tensor] : content.tensors) {
    if (name == "__metadata__") return Status::Invalid("a tensor is named __metadata__");
    if (Status s = CheckSize(tensor); !s.ok()) {
      return Status::Invalid("tensor '", name, "': ", s.message());
    }
    const size_t end = offset + tensor.data.size();
    header[name] = {{"dtype", tensor.dtype},
                    {"shape", tensor.shape},
                    {"data_offsets", {offset, end}}};
    offset = end;
  }
  std::string text;
  try {
    text = header.dump();
  } catch (const nlohmann::json::exception&) {  // only for strings that are not UTF-8
    return Status::Invalid("a name or the metadata are not UTF-8");
  }
  text.resize((text.size() + 7) / 8 * 8, ' ');
  const uint64_t length = text.size();
  std::string file(sizeof(length), '\0');
  std::memcpy(file.data(), &length, sizeof(length));
  file.reserve(file.size() + text.size() + offset);
  file += text;
  for (const auto& [name, tensor] : content.tensors) file += tensor.data;
  return file;
}

std::string TensorsSha256(const Safetensors& content) {
  Sha256 hash;
  for (const auto& [name, tensor] : content.tensors) {
    hash.Update(name);
    hash.Update(tensor.data);
  }
  return hash.HexDigest();
}

}  // namespace pomona
