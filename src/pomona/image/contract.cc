// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <charconv>
#include <cmath>
#include <exception>
#include <initializer_list>
#include <optional>
#include <string_view>

#include <nlohmann/json.hpp>

#include "pomona/base/json.h"
#include "pomona/image/preprocess.h"

namespace pomona::image {
namespace {

using Json = nlohmann::json;

constexpr int64_t kMaxInputSide = 16'384;
constexpr std::array<std::string_view, 4> kFilterNames = {"nearest", "bilinear",
                                                          "bicubic", "lanczos"};
constexpr std::array<std::string_view, 3> kFitNames = {"stretch", "crop", "pad"};

template <size_t N>
std::optional<size_t> IndexOf(const std::array<std::string_view, N>& names,
                              std::string_view name) {
  for (size_t i = 0; i < N; ++i) {
    if (names[i] == name) return i;
  }
  return std::nullopt;
}

template <size_t N>
std::string Listed(const std::array<std::string_view, N>& names) {
  std::string text;
  for (size_t i = 0; i < N; ++i) {
    text += (i == 0 ? "" : i + 1 == N ? " or " : ", ") + std::string(names[i]);
  }
  return text;
}

// The double that prints as the shortest text of the float: 103.939, not 103.9390029...
double Shortest(float value) {
  std::array<char, 32> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  double result = 0;
  std::from_chars(text.data(), end, result);
  return result;
}

Json Floats(const std::array<float, 3>& values) {
  return {Shortest(values[0]), Shortest(values[1]), Shortest(values[2])};
}

constexpr std::array<std::string_view, 3> kViewNames = {"one", "mirror", "seven"};
constexpr std::array<std::string_view, 2> kWhiteBalanceNames = {"none", "grey-world"};
// Rises with every change of regions.h's rules.
constexpr char kFruitsName[] = "fruits-1";
// Rises with every change of colour.h's numbers.
constexpr char kColourName[] = "hsv-1";

Json ToTree(const PreprocessContract& c) {
  const Normalization& n = c.normalization;
  Json tree = {{"decoder", c.decoder},
               {"apply_orientation", c.apply_orientation},
               {"width", c.width},
               {"height", c.height},
               {"filter", kFilterNames.at(static_cast<size_t>(c.filter))},
               {"fit", kFitNames.at(static_cast<size_t>(c.fit))},
               {"pad_color", c.pad_color},
               {"layout", "NCHW"},
               {"normalization",
                {{"name", n.name},
                 {"order", n.bgr ? "BGR" : "RGB"},
                 {"scale", Shortest(n.scale)},
                 {"mean", Floats(n.mean)},
                 {"std", Floats(n.std)}}}};
  if (c.white_balance != WhiteBalance::kNone) {
    tree["white_balance"] = kWhiteBalanceNames.at(static_cast<size_t>(c.white_balance));
  }
  if (c.views != Views::kOne) {
    tree["views"] = kViewNames.at(static_cast<size_t>(c.views));
  }
  if (c.colour) tree["colour"] = kColourName;
  if (c.regions == RegionSet::kFruits) tree["regions"] = kFruitsName;
  return tree;
}

Status FieldError(std::string_view field, std::string_view reason) {
  return Status::Invalid("preprocessing contract: ", field, " ", reason);
}

// Takes fields out of an object one by one; what is left at the end is unknown.
class Fields {
 public:
  Fields(const Json& object, std::string prefix)
      : object_(object), prefix_(std::move(prefix)) {}

  template <class T>
  Status Take(const char* name, bool (Json::*is)() const noexcept, const char* type,
              T* value) {
    const auto at = object_.find(name);
    if (at == object_.end()) return FieldError(prefix_ + name, "is missing");
    if (!((*at).*is)()) {
      return FieldError(prefix_ + name, std::string("must be ") + type);
    }
    *value = at->get<T>();
    ++taken_;
    return Status::OK();
  }
  Status Bool(const char* name, bool* value) {
    return Take(name, &Json::is_boolean, "true or false", value);
  }
  Status Int(const char* name, int64_t* value) {
    return Take(name, &Json::is_number_integer, "an integer", value);
  }
  Status Text(const char* name, std::string* value) {
    return Take(name, &Json::is_string, "a text", value);
  }
  Status Object(const char* name, Json* value) {
    return Take(name, &Json::is_object, "an object", value);
  }
  Status Float(const char* name, float* value) {
    double wide = 0;
    ARROW_RETURN_NOT_OK(Take(name, &Json::is_number, "a number", &wide));
    *value = static_cast<float>(wide);
    return Status::OK();
  }
  // Three numbers.
  Status Triple(const char* name, std::array<double, 3>* values) {
    Json list;
    ARROW_RETURN_NOT_OK(Take(name, &Json::is_array, "three numbers", &list));
    if (list.size() != 3) return FieldError(prefix_ + name, "must be three numbers");
    for (size_t i = 0; i < 3; ++i) {
      if (!list[i].is_number()) {
        return FieldError(prefix_ + name, "must be three numbers");
      }
      (*values)[i] = list[i].get<double>();
    }
    return Status::OK();
  }
  template <size_t N, class Enum>
  Status Word(const char* name, const std::array<std::string_view, N>& names,
              Enum* value) {
    std::string text;
    ARROW_RETURN_NOT_OK(Text(name, &text));
    const auto index = IndexOf(names, text);
    if (!index) {
      return FieldError(prefix_ + name,
                        "must be " + Listed(names) + ", not \"" + text + "\"");
    }
    *value = static_cast<Enum>(*index);
    return Status::OK();
  }
  bool Has(const char* name) const { return object_.contains(name); }
  // Every field was taken.
  Status Finish() const {
    if (taken_ == object_.size()) return Status::OK();
    return FieldError(prefix_.empty() ? "JSON" : prefix_,
                      "has fields that this version does not know: " + object_.dump());
  }

 private:
  const Json& object_;
  std::string prefix_;
  size_t taken_ = 0;
};

Status ReadNormalization(const Json& object, Normalization* n) {
  constexpr std::array<std::string_view, 2> kOrders = {"RGB", "BGR"};
  Fields fields(object, "normalization.");
  std::array<double, 3> mean{};
  std::array<double, 3> std{};
  int order = 0;
  ARROW_RETURN_NOT_OK(fields.Text("name", &n->name));
  ARROW_RETURN_NOT_OK(fields.Word("order", kOrders, &order));
  ARROW_RETURN_NOT_OK(fields.Float("scale", &n->scale));
  ARROW_RETURN_NOT_OK(fields.Triple("mean", &mean));
  ARROW_RETURN_NOT_OK(fields.Triple("std", &std));
  n->bgr = order == 1;
  for (size_t i = 0; i < 3; ++i) {
    n->mean[i] = static_cast<float>(mean[i]);
    n->std[i] = static_cast<float>(std[i]);
  }
  return fields.Finish();
}

// What is left out where it is not used.
Status ReadExtras(Fields* fields, PreprocessContract* c) {
  constexpr std::array<std::string_view, 1> kColours = {kColourName};
  constexpr std::array<std::string_view, 1> kFruits = {kFruitsName};
  if (fields->Has("white_balance")) {
    ARROW_RETURN_NOT_OK(
        fields->Word("white_balance", kWhiteBalanceNames, &c->white_balance));
  }
  if (fields->Has("views")) {
    ARROW_RETURN_NOT_OK(fields->Word("views", kViewNames, &c->views));
  }
  int only = 0;
  c->colour = fields->Has("colour");
  if (c->colour) ARROW_RETURN_NOT_OK(fields->Word("colour", kColours, &only));
  if (!fields->Has("regions")) return Status::OK();
  c->regions = RegionSet::kFruits;
  return fields->Word("regions", kFruits, &only);
}

Status ReadTree(const Json& object, PreprocessContract* c) {
  constexpr std::array<std::string_view, 1> kLayouts = {"NCHW"};
  Fields fields(object, "");
  std::array<double, 3> pad{};
  Json normalization;
  int layout = 0;
  ARROW_RETURN_NOT_OK(fields.Text("decoder", &c->decoder));
  ARROW_RETURN_NOT_OK(fields.Bool("apply_orientation", &c->apply_orientation));
  ARROW_RETURN_NOT_OK(fields.Int("width", &c->width));
  ARROW_RETURN_NOT_OK(fields.Int("height", &c->height));
  ARROW_RETURN_NOT_OK(fields.Word("filter", kFilterNames, &c->filter));
  ARROW_RETURN_NOT_OK(fields.Word("fit", kFitNames, &c->fit));
  ARROW_RETURN_NOT_OK(fields.Triple("pad_color", &pad));
  ARROW_RETURN_NOT_OK(fields.Word("layout", kLayouts, &layout));
  ARROW_RETURN_NOT_OK(fields.Object("normalization", &normalization));
  ARROW_RETURN_NOT_OK(ReadExtras(&fields, c));
  ARROW_RETURN_NOT_OK(fields.Finish());
  for (size_t i = 0; i < 3; ++i) {
    if (!(pad[i] >= 0 && pad[i] <= 255) || pad[i] != std::floor(pad[i])) {
      return FieldError("pad_color", "must be three integers of 0 .. 255");
    }
    c->pad_color[i] = static_cast<uint8_t>(pad[i]);
  }
  return ReadNormalization(normalization, &c->normalization);
}

std::string Shown(const Json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

void AppendDifferences(const Json& here, const Json& there, const std::string& prefix,
                       std::string* text) {
  Json keys = here;
  keys.update(there);
  for (const auto& [key, unused] : keys.items()) {
    const Json value = here.value(key, Json("(absent)"));
    const Json other = there.value(key, Json("(absent)"));
    if (value == other) continue;
    if (value.is_object()) {
      AppendDifferences(value, other, prefix + key + ".", text);
      continue;
    }
    *text += (text->empty() ? "" : "; ") + prefix + key + ": " + Shown(value) +
             " here, " + Shown(other) + " there";
  }
}

Status CheckNumbers(const Normalization& n) {
  for (size_t i = 0; i < 3; ++i) {
    if (!std::isfinite(n.mean[i])) {
      return FieldError("normalization.mean", "must be finite numbers");
    }
    if (!std::isfinite(n.std[i]) || n.std[i] <= 0) {
      return FieldError("normalization.std", "must be finite numbers above 0");
    }
  }
  if (!std::isfinite(n.scale) || n.scale == 0) {
    return FieldError("normalization.scale", "must be a finite number other than 0");
  }
  return Status::OK();
}

}  // namespace

Result<Normalization> Normalization::Named(const std::string& name) {
  const float byte = 1.0F / 255.0F;
  if (name == "caffe") return Normalization{};
  // (x - 127.5) / 127.5 rounds once where x / 127.5 - 1 rounds twice.
  if (name == "tf") {
    return Normalization{
        name, false, 1, {127.5F, 127.5F, 127.5F}, {127.5F, 127.5F, 127.5F}};
  }
  if (name == "torch") {
    return Normalization{
        name, false, byte, {0.485F, 0.456F, 0.406F}, {0.229F, 0.224F, 0.225F}};
  }
  if (name == "none") return Normalization{name, false, 1, {0, 0, 0}, {1, 1, 1}};
  return Status::Invalid("normalization \"", name,
                         "\" is not known; use caffe, tf, torch or none, or give order, "
                         "scale, mean and std as \"custom\"");
}

Status PreprocessContract::Validate() const {
  const auto side = [](int64_t value) { return value >= 1 && value <= kMaxInputSide; };
  const std::string range = "must be 1 .. " + std::to_string(kMaxInputSide) + ", not ";
  if (!side(width)) return FieldError("width", range + std::to_string(width));
  if (!side(height)) return FieldError("height", range + std::to_string(height));
  if (static_cast<size_t>(filter) >= kFilterNames.size()) {
    return FieldError("filter", "must be " + Listed(kFilterNames));
  }
  if (static_cast<size_t>(fit) >= kFitNames.size()) {
    return FieldError("fit", "must be " + Listed(kFitNames));
  }
  ARROW_RETURN_NOT_OK(CheckNumbers(normalization));
  if (normalization.name == "custom") return Status::OK();
  const auto named = Normalization::Named(normalization.name);
  if (!named.ok()) return named.status();
  if (normalization == *named) return Status::OK();
  return FieldError("normalization", "is called " + normalization.name +
                                         " but has other numbers; call it custom");
}

std::string PreprocessContract::ToJson() const {
  return ToTree(*this).dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<PreprocessContract> PreprocessContract::FromJson(const std::string& json) {
  try {
    const Json tree = ParseJson(json);
    if (!tree.is_object()) return FieldError("JSON", "is not an object");
    PreprocessContract contract;
    ARROW_RETURN_NOT_OK(ReadTree(tree, &contract));
    ARROW_RETURN_NOT_OK(contract.Validate());
    return contract;
  } catch (const std::exception& e) {
    return FieldError("JSON", e.what());
  }
}

std::string PreprocessContract::Difference(const PreprocessContract& other) const {
  std::string text;
  AppendDifferences(ToTree(*this), ToTree(other), "", &text);
  return text;
}

}  // namespace pomona::image
