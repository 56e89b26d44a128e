// SPDX-License-Identifier: Apache-2.0
#include "pomona/model/onnx_sidecar.h"

#include <algorithm>
#include <array>
#include <filesystem>

#include <nlohmann/json.hpp>

#include "pomona/base/json.h"
#include "pomona/model/file_bytes.h"

namespace pomona::model {
namespace {

using Json = nlohmann::json;

image::Normalization PixelsAsTheyAre() {
  image::Normalization none;
  none.name = "none";
  none.bgr = false;
  none.mean = {0.0F, 0.0F, 0.0F};
  return none;
}

Status ParseTriple(const Json& value, std::array<float, 3>* out) {
  if (!value.is_array() || value.size() != 3) {
    return Status::Invalid("three numbers needed");
  }
  for (size_t i = 0; i < 3; ++i) {
    if (!value[i].is_number()) return Status::Invalid("three numbers needed");
    (*out)[i] = value[i].get<float>();
  }
  return Status::OK();
}

Status ParseSize(const Json& value, Sidecar* sidecar) {
  const bool pair = value.is_array() && value.size() == 2;
  const Json& width = pair ? value[0] : value;
  const Json& height = pair ? value[1] : value;
  for (const Json* side : {&width, &height}) {
    if (!side->is_number_unsigned() || side->get<uint64_t>() < 1 ||
        side->get<uint64_t>() > static_cast<uint64_t>(kMaxOnnxInput)) {
      return Status::Invalid("a number from 1 to ", kMaxOnnxInput,
                             " or [width, height] needed");
    }
  }
  sidecar->width = width.get<int64_t>();
  sidecar->height = height.get<int64_t>();
  return Status::OK();
}

Status ParseText(const Json& value, std::string* out) {
  if (!value.is_string()) return Status::Invalid("a text needed");
  *out = value.get<std::string>();
  return Status::OK();
}

Status ParseField(const std::string& key, const Json& value, Sidecar* sidecar) {
  image::Normalization& norm = sidecar->normalization;
  if (key == "input") return ParseText(value, &sidecar->input);
  if (key == "layer") return ParseText(value, &sidecar->layer);
  if (key == "size") return ParseSize(value, sidecar);
  norm.name = "custom";
  if (key == "mean") return ParseTriple(value, &norm.mean);
  if (key == "std") {
    ARROW_RETURN_NOT_OK(ParseTriple(value, &norm.std));
    const bool zero = std::count(norm.std.begin(), norm.std.end(), 0.0F) > 0;
    return zero ? Status::Invalid("zero found, a divisor needed") : Status::OK();
  }
  if (key == "scale") {
    if (!value.is_number()) return Status::Invalid("a number needed");
    norm.scale = value.get<float>();
    return Status::OK();
  }
  if (key == "channels") {
    if (value != "rgb" && value != "bgr") return Status::Invalid("'rgb' or 'bgr' needed");
    norm.bgr = value == "bgr";
    return Status::OK();
  }
  return Status::Invalid(
      "unknown; known are input, layer, size, channels, scale, mean, std");
}

}  // namespace

Result<Sidecar> ReadSidecar(const std::string& onnx_path) {
  Sidecar sidecar;
  sidecar.normalization = PixelsAsTheyAre();
  const auto path = std::filesystem::path(onnx_path).replace_extension(".json");
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return sidecar;
  ARROW_ASSIGN_OR_RAISE(const std::string text,
                        ReadFileBytes(path.string(), "preprocessing"));
  const Json json = ParseJson(text);
  if (!json.is_object()) {
    return Status::Invalid("preprocessing file ", path.string(), ": not a JSON object");
  }
  for (const auto& [key, value] : json.items()) {
    if (Status s = ParseField(key, value, &sidecar); !s.ok()) {
      return Status::Invalid("preprocessing file ", path.string(), ": key '", key,
                             "': ", s.message());
    }
  }
  return sidecar;
}

}  // namespace pomona::model
