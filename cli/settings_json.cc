// SPDX-License-Identifier: Apache-2.0
#include "settings_json.h"

namespace pomona::cli {
namespace {

using Json = nlohmann::json;

constexpr const char* kFilters[] = {"nearest", "bilinear", "bicubic", "lanczos"};
constexpr const char* kFits[] = {"stretch", "crop", "pad"};
constexpr const char* kWhiteBalances[] = {"none", "grey-world"};
constexpr const char* kViews[] = {"one", "mirror", "seven"};
constexpr const char* kRegions[] = {"photo", "fruits"};
constexpr const char* kPools[] = {"none", "avg", "max"};
constexpr const char* kConventions[] = {"spark", "sklearn"};

template <typename Enum, size_t N>
const char* WordOf(Enum value, const char* const (&words)[N]) {
  return words[static_cast<size_t>(value)];
}

template <typename T>
Json Maybe(const std::optional<T>& value) {
  return value ? Json(*value) : Json();
}

Json NormalizationJson(const std::optional<image::Normalization>& value) {
  if (!value) return nullptr;
  return {{"name", value->name},
          {"bgr", value->bgr},
          {"scale", value->scale},
          {"mean", value->mean},
          {"std", value->std}};
}

}  // namespace

Json SettingsJson(const job::Settings& s) {
  return {{"label_from", s.source.label_from},
          {"all_files", s.source.all_files},
          {"image_column", s.source.image_column},
          {"limit", Maybe(s.limit)},
          {"max_pixels", s.max_pixels},
          {"apply_orientation", s.apply_orientation},
          {"filter", WordOf(s.filter, kFilters)},
          {"fit", WordOf(s.fit_mode, kFits)},
          {"pad_color", s.pad_color},
          {"normalization", NormalizationJson(s.normalization)},
          {"white_balance", WordOf(s.white_balance, kWhiteBalances)},
          {"views", WordOf(s.views, kViews)},
          {"descriptors", s.colour ? "network,colour" : "network"},
          {"regions", WordOf(s.regions, kRegions)},
          {"model", s.backbone.model},
          {"weights", s.backbone.weights},
          {"seed", s.backbone.seed},
          {"input_size", {s.backbone.input_height, s.backbone.input_width}},
          {"layer", s.backbone.layer},
          {"pool", WordOf(s.backbone.pool, kPools)},
          {"precision", s.precision},
          {"backend", s.backend},
          {"components", Maybe(s.fit.components)},
          {"variance", Maybe(s.fit.variance)},
          {"convention", WordOf(s.fit.convention, kConventions)},
          {"center", s.fit.center},
          {"all_eigenvalues", s.fit.all_eigenvalues},
          {"pca", stats::PcaName(s.fit.pca)},
          {"reducer", s.reducer.empty() ? Json() : Json(s.reducer)},
          {"reduce", s.reduce},
          {"keep_features", s.keep_features},
          {"csv", s.csv},
          {"npz", s.npz},
          {"shard_size", s.shard_size},
          {"block_shards", s.block_shards}};
}

Json OptionsJson(const job::RunOptions& options) {
  return {{"threads", options.threads},
          {"max_bad", options.max_bad},
          {"overwrite", options.overwrite},
          {"allow_other_cpu", options.allow_other_cpu},
          {"require_same_cpu", options.require_same_cpu}};
}

Result<job::RunReport> ParseReport(const Json& json) {
  job::RunReport report;
  try {
    json.at("images").get_to(report.images);
    json.at("rows").get_to(report.rows);
    json.at("rejects").get_to(report.rejects);
    json.at("generation").get_to(report.generation);
    json.at("feature_dim").get_to(report.feature_dim);
    json.at("components").get_to(report.components);
    json.at("explained_variance").get_to(report.explained_variance);
    json.at("random_weights").get_to(report.random_weights);
    json.at("nothing_to_do").get_to(report.nothing_to_do);
    json.at("seconds").get_to(report.seconds);
    json.at("images_per_second").get_to(report.images_per_second);
    json.at("warnings").get_to(report.warnings);
    json.at("manifest").get_to(report.manifest);
  } catch (const Json::exception& error) {
    return Status::Invalid("the Spark driver's report is of another version: ",
                           error.what());
  }
  return report;
}

}  // namespace pomona::cli
