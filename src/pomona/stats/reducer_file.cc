// SPDX-License-Identifier: Apache-2.0
// A reducer as safetensors and JSON; docs/formats.md has both.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>

#include <nlohmann/json.hpp>

#include "pomona/base/json.h"
#include "pomona/base/safetensors.h"
#include "pomona/stats/reducer.h"

namespace pomona::stats {
namespace {

constexpr std::string_view kFormat = "pomona.reducer";
constexpr std::string_view kVersion = "1";
constexpr std::string_view kUserPrefix = "meta.";

using Text = std::map<std::string, std::string>;

TensorView View(const std::vector<double>& v, std::vector<int64_t> shape) {
  return {"F64",
          std::move(shape),
          {reinterpret_cast<const char*>(v.data()), v.size() * sizeof(double)}};
}

Result<std::string> Get(const Text& text, const std::string& key) {
  const auto found = text.find(key);
  if (found == text.end()) {
    return Status::Invalid("reducer: '", key, "' is missing from the file's metadata");
  }
  return found->second;
}

Result<std::vector<double>> GetTensor(const Safetensors& file, const std::string& name,
                                      size_t rank) {
  const auto found = file.tensors.find(name);
  if (found == file.tensors.end()) {
    return Status::Invalid("reducer: the tensor '", name, "' is missing");
  }
  const TensorView& tensor = found->second;
  if (tensor.dtype != "F64" || tensor.shape.size() != rank) {
    return Status::Invalid("reducer: the tensor '", name, "' is ", tensor.dtype, " of ",
                           tensor.shape.size(), " dimensions, not F64 of ", rank);
  }
  return tensor.ToFloat64();
}

Status CheckData(const Safetensors& file) {
  const auto wanted = file.metadata.find("sha256");
  if (wanted == file.metadata.end() || wanted->second == TensorsSha256(file)) {
    return Status::OK();
  }
  return Status::Invalid(
      "reducer: the numbers are not those that were written (sha256 differs): the file "
      "is "
      "damaged; copy it again, or fit again");
}

Status CheckFinite(const std::vector<double>& v, const char* name) {
  if (std::all_of(v.begin(), v.end(), [](double x) { return std::isfinite(x); })) {
    return Status::OK();
  }
  return Status::Invalid("reducer: '", name, "' has a number that is not finite");
}

Status CheckSize(size_t found, int64_t needed, const char* name) {
  if (static_cast<int64_t>(found) == needed) return Status::OK();
  return Status::Invalid("reducer: '", name, "' has ", found, " numbers, not ", needed);
}

Result<int64_t> ParseCount(const std::string& text) {
  int64_t count = 0;
  const char* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, count);
  if (error != std::errc() || at != end || count < 0) {
    return Status::Invalid("reducer: a count of '", text, "'");
  }
  return count;
}

// [rank, outside, missed].
Result<std::optional<SketchError>> ReadSketchError(const Text& metadata) {
  const auto found = metadata.find("sketch");
  if (found == metadata.end()) return std::nullopt;
  const auto json = ParseJson(found->second);
  const auto is_share = [&](size_t i) {
    return json[i].is_number() && json[i].get<double>() >= 0 &&
           json[i].get<double>() <= 1;
  };
  if (!json.is_array() || json.size() != 3 || !json[0].is_number_unsigned() ||
      !is_share(1) || !is_share(2)) {
    return Status::Invalid("reducer: the metadata 'sketch' are ", found->second);
  }
  return SketchError{json[0].get<int64_t>(), json[1].get<double>(),
                     json[2].get<double>()};
}

}  // namespace

Status Reducer::Validate() const {
  if (dim < 1 || dim > kMaxDim) {
    return Status::Invalid("reducer: ", dim, " columns, 1 to ", kMaxDim, " are allowed");
  }
  ARROW_RETURN_NOT_OK(CheckSize(mean.size(), dim, "mean"));
  ARROW_RETURN_NOT_OK(CheckSize(scale.size(), dim, "scale"));
  if (components.empty() || k() > dim) {
    return Status::Invalid("reducer: ", k(), " components of ", dim, " columns");
  }
  ARROW_RETURN_NOT_OK(CheckSize(components.size(), k() * dim, "components"));
  const auto computed = static_cast<int64_t>(eigenvalues.size());
  if (computed < k() || computed > dim) {
    return Status::Invalid("reducer: ", computed, " eigenvalues for ", k(),
                           " components of ", dim, " columns");
  }
  ARROW_RETURN_NOT_OK(CheckFinite(mean, "mean"));
  ARROW_RETURN_NOT_OK(CheckFinite(scale, "scale"));
  ARROW_RETURN_NOT_OK(CheckFinite(components, "components"));
  ARROW_RETURN_NOT_OK(CheckFinite(eigenvalues, "eigenvalues"));
  ARROW_RETURN_NOT_OK(CheckFinite({total_variance}, "total_variance"));
  if (*std::min_element(scale.begin(), scale.end()) < 0 || total_variance < 0 ||
      !std::is_sorted(eigenvalues.rbegin(), eigenvalues.rend()) ||
      eigenvalues.back() < 0) {
    return Status::Invalid("reducer: scales and variances must be 0 or more, and ",
                           "eigenvalues must fall");
  }
  return Status::OK();
}

Result<std::string> Reducer::ToSafetensors() const {
  ARROW_RETURN_NOT_OK(Validate());
  Safetensors file;
  const std::vector<double> total = {total_variance};
  file.tensors["components"] = View(components, {k(), dim});
  file.tensors["eigenvalues"] =
      View(eigenvalues, {static_cast<int64_t>(eigenvalues.size())});
  file.tensors["mean"] = View(mean, {dim});
  file.tensors["scale"] = View(scale, {dim});
  file.tensors["total_variance"] = View(total, {1});
  for (const auto& [key, value] : metadata) {
    file.metadata[std::string(kUserPrefix) + key] = value;
  }
  file.metadata["format"] = kFormat;
  file.metadata["version"] = kVersion;
  file.metadata["convention"] = ConventionName(convention);
  file.metadata["center"] = center ? "true" : "false";
  file.metadata["count"] = std::to_string(count);
  file.metadata["method"] = method;
  if (sketch) {
    file.metadata["sketch"] =
        nlohmann::json({sketch->rank, sketch->outside, sketch->missed}).dump();
  }
  file.metadata["sha256"] = TensorsSha256(file);
  return SerializeSafetensors(file);
}

Result<Reducer> Reducer::FromSafetensors(std::string_view bytes) {
  ARROW_ASSIGN_OR_RAISE(const Safetensors file, ParseSafetensors(bytes));
  ARROW_ASSIGN_OR_RAISE(const std::string format, Get(file.metadata, "format"));
  ARROW_ASSIGN_OR_RAISE(const std::string version, Get(file.metadata, "version"));
  if (format != kFormat || version != kVersion) {
    return Status::Invalid("reducer: the file is ", format, " version ", version,
                           ", not ", kFormat, " version ", kVersion);
  }
  ARROW_RETURN_NOT_OK(CheckData(file));
  Reducer r;
  ARROW_ASSIGN_OR_RAISE(const std::string name, Get(file.metadata, "convention"));
  ARROW_ASSIGN_OR_RAISE(r.convention, ParseConvention(name));
  ARROW_ASSIGN_OR_RAISE(const std::string center, Get(file.metadata, "center"));
  if (center != "true" && center != "false") {
    return Status::Invalid("reducer: center is '", center, "', not true or false");
  }
  r.center = center == "true";
  ARROW_ASSIGN_OR_RAISE(const std::string count, Get(file.metadata, "count"));
  ARROW_ASSIGN_OR_RAISE(r.count, ParseCount(count));
  ARROW_ASSIGN_OR_RAISE(r.method, Get(file.metadata, "method"));
  ARROW_ASSIGN_OR_RAISE(r.sketch, ReadSketchError(file.metadata));
  ARROW_ASSIGN_OR_RAISE(r.mean, GetTensor(file, "mean", 1));
  ARROW_ASSIGN_OR_RAISE(r.scale, GetTensor(file, "scale", 1));
  ARROW_ASSIGN_OR_RAISE(r.components, GetTensor(file, "components", 2));
  ARROW_ASSIGN_OR_RAISE(r.eigenvalues, GetTensor(file, "eigenvalues", 1));
  ARROW_ASSIGN_OR_RAISE(const auto total, GetTensor(file, "total_variance", 1));
  ARROW_RETURN_NOT_OK(CheckSize(total.size(), 1, "total_variance"));
  r.total_variance = total[0];
  r.dim = static_cast<int64_t>(r.mean.size());
  const auto& shape = file.tensors.at("components").shape;
  if (shape[1] != r.dim) {
    return Status::Invalid("reducer: components of ", shape[1], " columns, a mean of ",
                           r.dim);
  }
  for (const auto& [key, value] : file.metadata) {
    if (key.starts_with(kUserPrefix)) r.metadata[key.substr(kUserPrefix.size())] = value;
  }
  ARROW_RETURN_NOT_OK(r.Validate());
  return r;
}

std::string Reducer::ToJson() const {
  nlohmann::json json = {
      {"format", kFormat},
      {"version", std::stoi(std::string(kVersion))},
      {"convention", ConventionName(convention)},
      {"center", center},
      {"subtracts_mean", subtracts_mean()},
      {"columns", dim},
      {"components", k()},
      {"rows", count},
      {"method", method},
      {"eigenvalues", eigenvalues},
      {"explained_variance_ratio", explained_variance_ratio()},
      {"total_variance", total_variance},
      {"metadata", metadata},
  };
  if (sketch) {
    json["sketch"] = {
        {"rank", sketch->rank}, {"outside", sketch->outside}, {"missed", sketch->missed}};
  }
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace pomona::stats
