// SPDX-License-Identifier: Apache-2.0
// A head as safetensors and JSON; docs/formats.md has both.
#include <algorithm>
#include <cmath>
#include <set>

#include <nlohmann/json.hpp>

#include "pomona/base/json.h"
#include "pomona/base/safetensors.h"
#include "pomona/learn/head.h"

namespace pomona::learn {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kFormat = "pomona.head";
constexpr std::string_view kVersion = "1";
// What is no tensor, as one JSON text of the file's metadata.
constexpr char kHead[] = "head";

template <typename T>
TensorView View(const char* dtype, const std::vector<T>& v, std::vector<int64_t> shape) {
  return {dtype,
          std::move(shape),
          {reinterpret_cast<const char*>(v.data()), v.size() * sizeof(T)}};
}

// The tensor `name` of `dtype` and two dimensions (or one).
Result<const TensorView*> Find(const Safetensors& file, const std::string& name,
                               std::string_view dtype, size_t rank) {
  const auto found = file.tensors.find(name);
  if (found == file.tensors.end()) {
    return Status::Invalid("head: the tensor '", name, "' is missing");
  }
  const TensorView& tensor = found->second;
  if (tensor.dtype != dtype || tensor.shape.size() != rank) {
    return Status::Invalid("head: the tensor '", name, "' is ", tensor.dtype, " of ",
                           tensor.shape.size(), " dimensions, not ", dtype, " of ", rank);
  }
  return &tensor;
}

Json TextOf(const Head& head) {
  Json json = {{"target", head.target},
               {"method", head.method},
               {"classes", head.classes},
               {"root", head.form.root},
               {"normalize", head.form.normalize},
               {"temperature", head.temperature},
               {"coverage", head.coverage},
               {"set_threshold", head.set_threshold},
               {"known_distance", head.known_distance},
               {"metadata", head.metadata}};
  // Left out where a row is one part: heads from before there were parts.
  if (!head.form.parts.empty()) json["parts"] = head.form.parts;
  return json;
}

// Throws what nlohmann throws where a field is missing or of another type.
void ReadText(const Json& json, Head* head) {
  head->target = json.at("target").get<std::string>();
  head->method = json.at("method").get<std::string>();
  head->classes = json.at("classes").get<std::vector<std::string>>();
  head->form.root = json.at("root").get<bool>();
  head->form.normalize = json.at("normalize").get<bool>();
  if (json.contains("parts")) {
    head->form.parts = json.at("parts").get<std::vector<int64_t>>();
  }
  head->temperature = json.at("temperature").get<double>();
  head->coverage = json.at("coverage").get<double>();
  head->set_threshold = json.at("set_threshold").get<double>();
  head->known_distance = json.at("known_distance").get<double>();
  head->metadata = json.at("metadata").get<std::map<std::string, std::string>>();
}

Status CheckNumbers(const std::vector<float>& numbers, size_t needed, const char* name) {
  if (numbers.size() != needed) {
    return Status::Invalid("head: '", name, "' has ", numbers.size(), " numbers, not ",
                           needed);
  }
  if (std::all_of(numbers.begin(), numbers.end(),
                  [](float x) { return std::isfinite(x); })) {
    return Status::OK();
  }
  return Status::Invalid("head: '", name, "' has a number that is not finite");
}

// Parts are of one column or more and make up the row.
Status CheckParts(const std::vector<int64_t>& parts, int64_t dim) {
  int64_t left = dim;
  for (const int64_t columns : parts) {
    if (columns < 1 || columns > left) left = -1;
    if (left < 0) break;
    left -= columns;
  }
  if (parts.empty() || left == 0) return Status::OK();
  return Status::Invalid("head: 'parts' do not add up to ", dim, " columns");
}

}  // namespace

Status Head::Validate() const {
  const size_t count = classes.size();
  if (count < 2) return Status::Invalid("head: ", count, " classes, 2 or more needed");
  if (std::set<std::string>(classes.begin(), classes.end()).size() != count) {
    return Status::Invalid("head: a class comes twice");
  }
  if (dim() < 1 || dim() > stats::kMaxDim ||
      model.classes != static_cast<int64_t>(count)) {
    return Status::Invalid("head: ", dim(), " columns and ", model.classes,
                           " rows of weights for ", count, " classes");
  }
  ARROW_RETURN_NOT_OK(CheckParts(form.parts, dim()));
  const size_t numbers = count * static_cast<size_t>(dim());
  ARROW_RETURN_NOT_OK(CheckNumbers(model.weights, numbers, "weights"));
  ARROW_RETURN_NOT_OK(CheckNumbers(centres, numbers, "centres"));
  if (model.bias.size() != count ||
      !std::all_of(model.bias.begin(), model.bias.end(),
                   [](double x) { return std::isfinite(x); })) {
    return Status::Invalid("head: 'bias' needs ", count, " finite numbers");
  }
  if (!(temperature > 0) || !std::isfinite(temperature)) {
    return Status::Invalid("head: a temperature of ", temperature);
  }
  if (!(coverage > 0 && coverage < 1) || !(set_threshold >= 0 && set_threshold <= 1) ||
      !(known_distance >= 0) || !std::isfinite(known_distance)) {
    return Status::Invalid(
        "head: coverage, set_threshold or known_distance out of range");
  }
  return Status::OK();
}

Result<std::string> Head::ToSafetensors() const {
  ARROW_RETURN_NOT_OK(Validate());
  Safetensors file;
  const std::vector<int64_t> shape = {model.classes, dim()};
  file.tensors["weights"] = View("F32", model.weights, shape);
  file.tensors["centres"] = View("F32", centres, shape);
  file.tensors["bias"] = View("F64", model.bias, {model.classes});
  file.metadata["format"] = kFormat;
  file.metadata["version"] = kVersion;
  file.metadata[kHead] =
      TextOf(*this).dump(-1, ' ', false, Json::error_handler_t::replace);
  file.metadata["sha256"] = TensorsSha256(file);
  return SerializeSafetensors(file);
}

Result<Head> Head::FromSafetensors(std::string_view bytes) {
  ARROW_ASSIGN_OR_RAISE(const Safetensors file, ParseSafetensors(bytes));
  const auto text = [&](const char* key) {
    const auto found = file.metadata.find(key);
    return found == file.metadata.end() ? std::string() : found->second;
  };
  if (text("format") != kFormat || text("version") != kVersion) {
    return Status::Invalid("head: the file is '", text("format"), "' version '",
                           text("version"), "', not ", kFormat, " version ", kVersion);
  }
  if (text("sha256") != TensorsSha256(file)) {
    return Status::Invalid(
        "head: the numbers are not those that were written (sha256 differs): the file is "
        "damaged; copy it again, or train again");
  }
  Head head;
  try {
    ReadText(ParseJson(text(kHead)), &head);
  } catch (const Json::exception& error) {
    return Status::Invalid("head: its description is damaged: ", error.what());
  }
  ARROW_ASSIGN_OR_RAISE(const auto* weights, Find(file, "weights", "F32", 2));
  ARROW_ASSIGN_OR_RAISE(const auto* centres, Find(file, "centres", "F32", 2));
  ARROW_ASSIGN_OR_RAISE(const auto* bias, Find(file, "bias", "F64", 1));
  head.model.classes = weights->shape[0];
  head.model.dim = weights->shape[1];
  ARROW_ASSIGN_OR_RAISE(head.model.weights, weights->ToFloat32());
  ARROW_ASSIGN_OR_RAISE(head.centres, centres->ToFloat32());
  ARROW_ASSIGN_OR_RAISE(head.model.bias, bias->ToFloat64());
  ARROW_RETURN_NOT_OK(head.Validate());
  return head;
}

std::string Head::ToJson() const {
  Json json = TextOf(*this);
  json["format"] = kFormat;
  json["version"] = std::stoi(std::string(kVersion));
  json["columns"] = dim();
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace pomona::learn
