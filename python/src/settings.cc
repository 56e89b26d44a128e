// SPDX-License-Identifier: Apache-2.0
#include "settings.h"

#include <array>
#include <functional>
#include <map>
#include <string>
#include <tuple>

#include <nanobind/stl/array.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>

#include "images.h"
#include "words.h"

namespace nb = nanobind;

namespace pomona::python {
namespace {

using job::Settings;
using Setter = std::function<void(Settings&, nb::handle)>;

// Setters of a member, or of what `field` finds in the settings.
template <typename T, typename Field>
Setter Set(Field field) {
  return [field](Settings& settings, nb::handle value) {
    field(settings) = nb::cast<T>(value);
  };
}

image::WhiteBalance WhiteBalanceFromText(const std::string& text);
image::Views ViewsFromText(const std::string& text);
bool DescriptorsFromText(const std::string& text);
bool DescriptorsFromText(const std::string& text);

#define POMONA_FIELD(path) [](Settings& s) -> auto& { return s.path; }

const std::map<std::string, Setter>& Setters() {
  using Text = std::string;
  using Color = std::array<uint8_t, 3>;
  using Size = std::tuple<int64_t, int64_t>;
  static const std::map<std::string, Setter> setters = {
      {"label_from", Set<Text>(POMONA_FIELD(source.label_from))},
      {"all_files", Set<bool>(POMONA_FIELD(source.all_files))},
      {"image_column", Set<Text>(POMONA_FIELD(source.image_column))},
      {"limit", Set<int64_t>(POMONA_FIELD(limit))},
      {"max_pixels", Set<int64_t>(POMONA_FIELD(max_pixels))},
      {"apply_orientation", Set<bool>(POMONA_FIELD(apply_orientation))},
      {"pad_color", Set<Color>(POMONA_FIELD(pad_color))},
      {"normalization", Set<image::Normalization>(POMONA_FIELD(normalization))},
      {"model", Set<Text>(POMONA_FIELD(backbone.model))},
      {"weights", Set<Text>(POMONA_FIELD(backbone.weights))},
      {"seed", Set<uint64_t>(POMONA_FIELD(backbone.seed))},
      {"layer", Set<Text>(POMONA_FIELD(backbone.layer))},
      {"precision", Set<Text>(POMONA_FIELD(precision))},
      {"backend", Set<Text>(POMONA_FIELD(backend))},
      {"components", Set<int64_t>(POMONA_FIELD(fit.components))},
      {"variance", Set<double>(POMONA_FIELD(fit.variance))},
      {"center", Set<bool>(POMONA_FIELD(fit.center))},
      {"all_eigenvalues", Set<bool>(POMONA_FIELD(fit.all_eigenvalues))},
      {"reducer", Set<Text>(POMONA_FIELD(reducer))},
      {"reduce", Set<bool>(POMONA_FIELD(reduce))},
      {"keep_features", Set<bool>(POMONA_FIELD(keep_features))},
      {"csv", Set<bool>(POMONA_FIELD(csv))},
      {"npz", Set<bool>(POMONA_FIELD(npz))},
      {"shard_size", Set<int64_t>(POMONA_FIELD(shard_size))},
      {"block_shards", Set<int64_t>(POMONA_FIELD(block_shards))},
      {"input_size",
       [](Settings& s, nb::handle v) {
         std::tie(s.backbone.input_height, s.backbone.input_width) = nb::cast<Size>(v);
       }},
      {"filter",
       [](Settings& s, nb::handle v) { s.filter = FilterFromText(nb::cast<Text>(v)); }},
      {"fit",
       [](Settings& s, nb::handle v) { s.fit_mode = FitFromText(nb::cast<Text>(v)); }},
      {"white_balance",
       [](Settings& s, nb::handle v) {
         s.white_balance = WhiteBalanceFromText(nb::cast<Text>(v));
       }},
      {"views",
       [](Settings& s, nb::handle v) { s.views = ViewsFromText(nb::cast<Text>(v)); }},
      {"descriptors",
       [](Settings& s, nb::handle v) {
         s.colour = DescriptorsFromText(nb::cast<Text>(v));
       }},
      {"regions",
       [](Settings& s, nb::handle v) { s.regions = RegionsFromText(nb::cast<Text>(v)); }},
      {"pool", [](Settings& s,
                  nb::handle v) { s.backbone.pool = PoolFromText(nb::cast<Text>(v)); }},
      {"pca",
       [](Settings& s, nb::handle v) { s.fit.pca = PcaFromText(nb::cast<Text>(v)); }},
      {"convention", [](Settings& s, nb::handle v) {
         s.fit.convention = ConventionFromText(nb::cast<Text>(v));
       }}};
  return setters;
}

#undef POMONA_FIELD

image::WhiteBalance WhiteBalanceFromText(const std::string& text) {
  static constexpr Word<image::WhiteBalance> kWords[] = {
      {"none", image::WhiteBalance::kNone},
      {"grey-world", image::WhiteBalance::kGreyWorld}};
  return FromWord("white_balance", text, kWords);
}

image::Views ViewsFromText(const std::string& text) {
  static constexpr Word<image::Views> kWords[] = {{"one", image::Views::kOne},
                                                  {"mirror", image::Views::kMirror},
                                                  {"seven", image::Views::kSeven}};
  return FromWord("views", text, kWords);
}

bool DescriptorsFromText(const std::string& text) {
  static constexpr Word<bool> kWords[] = {{"network", false}, {"network,colour", true}};
  return FromWord("descriptors", text, kWords);
}

}  // namespace

image::RegionSet RegionsFromText(const std::string& text) {
  static constexpr Word<image::RegionSet> kWords[] = {
      {"photo", image::RegionSet::kPhoto}, {"fruits", image::RegionSet::kFruits}};
  return FromWord("regions", text, kWords);
}

model::Pool PoolFromText(const std::string& text) {
  static constexpr Word<model::Pool> kPools[] = {{"none", model::Pool::kNone},
                                                 {"avg", model::Pool::kAvg},
                                                 {"max", model::Pool::kMax}};
  return FromWord("pool", text, kPools);
}

stats::Convention ConventionFromText(const std::string& text) {
  static constexpr Word<stats::Convention> kConventions[] = {
      {"spark", stats::Convention::kSpark}, {"sklearn", stats::Convention::kSklearn}};
  return FromWord("convention", text, kConventions);
}

stats::Pca PcaFromText(const std::string& text) {
  static constexpr Word<stats::Pca> kPcas[] = {{"auto", stats::Pca::kAuto},
                                               {"exact", stats::Pca::kExact},
                                               {"sketch", stats::Pca::kSketch}};
  return FromWord("pca", text, kPcas);
}

job::Settings SettingsFrom(const nb::dict& values) {
  job::Settings settings;
  for (const auto& [key, value] : values) {
    const auto name = nb::cast<std::string>(key);
    const auto setter = Setters().find(name);
    if (setter == Setters().end())
      Raise(Status::TypeError("there is no setting '", name, "'"));
    if (value.is_none()) continue;  // the default
    try {
      setter->second(settings, value);
    } catch (const nb::cast_error&) {
      Raise(
          Status::TypeError(name, " cannot be ", nb::cast<std::string>(nb::repr(value))));
    }
  }
  Check(settings.Validate());
  return settings;
}

}  // namespace pomona::python
