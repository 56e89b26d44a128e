// SPDX-License-Identifier: Apache-2.0
#include "pomona/job/plan.h"

#include <array>
#include <filesystem>

#include <arrow/config.h>
#include <nlohmann/json.hpp>

#include "pomona/base/hash.h"
#include "pomona/base/json.h"
#include "pomona/stats/linear_algebra.h"
#include "pomona/table/tables.h"

namespace pomona::job {
namespace {

using Json = nlohmann::json;  // sorted keys

Json NetworkJson(const model::Backbone& backbone) {
  const auto& options = backbone.options;
  // The name without its folder: absolute paths differ between machines.
  Json json = {{"model", std::filesystem::path(options.model).filename().string()},
               {"weights", WeightsKindName(backbone)},
               {"input_width", options.input_width},
               {"input_height", options.input_height},
               {"layer", options.layer},
               {"pool", static_cast<int>(options.pool)},
               {"sha256", backbone.sha256}};
  if (backbone.weights.kind == model::WeightsKind::kRandom && !backbone.is_onnx()) {
    json["seed"] = options.seed;
  }
  static constexpr std::array<const char*, 3> kPools = {"none", "avg", "max"};
  json["pool"] = kPools[static_cast<size_t>(options.pool)];
  return json;
}

Json FitJson(const Settings& settings, const std::string& reducer_sha256) {
  if (!settings.reduce) return nullptr;
  if (!reducer_sha256.empty()) return {{"reducer_sha256", reducer_sha256}};
  const auto& fit = settings.fit;
  Json json = {
      {"convention", fit.convention == stats::Convention::kSpark ? "spark" : "sklearn"},
      {"center", fit.center},
      {"components", nullptr},
      {"variance", nullptr},
      {"all_eigenvalues", fit.all_eigenvalues}};
  if (fit.components) json["components"] = *fit.components;
  if (fit.variance) json["variance"] = *fit.variance;
  // Left out for the default: plans from before there was a choice are still continued.
  if (fit.pca != stats::Pca::kAuto) json["pca"] = std::string(stats::PcaName(fit.pca));
  return json;
}

Json SourceJson(const Settings& settings) {
  Json json = {{"label_from", settings.source.label_from},
               {"all_files", settings.source.all_files},
               {"image_column", settings.source.image_column},
               {"limit", nullptr}};
  if (settings.limit) json["limit"] = *settings.limit;
  return json;
}

Json OutputJson(const Settings& settings) {
  return {{"shard_size", settings.shard_size},
          {"block_shards", settings.block_shards},
          {"keep_features", settings.keep_features},
          {"csv", settings.csv},
          {"npz", settings.npz}};
}

// What is the machine's and the build's, not the user's.
Json PlatformJson(engine::Backend backend) {
  return {{"pomona", POMONA_VERSION},
          {"cpu", DetectCpu().ToString()},
          {"libraries",
           {{"arrow", arrow::GetBuildInfo().version_string},
            {"engine", engine::BackendVersion(backend)},
            {"decoder", std::string(image::DecoderVersions())},
            {"linear_algebra", stats::LinearAlgebraVersion()}}}};
}

// What the user left to "auto" is taken from the frozen plan.
Result<engine::Choice> ChooseEngine(const Settings& settings,
                                    const std::string& not_stack,
                                    const std::string& frozen) {
  engine::ChoiceText text{settings.precision, settings.backend};
  if (!frozen.empty()) {
    ARROW_ASSIGN_OR_RAISE(const engine::ChoiceText old, PlanChoice(frozen));
    if (text.precision == "auto" && !old.precision.empty())
      text.precision = old.precision;
    if (text.backend == "auto") {
      text.backend = old.backend.empty()
                         ? std::string(engine::BackendName(engine::Backend::kOpenVino))
                         : old.backend;
    }
  }
  return engine::ResolveChoice(text, not_stack, DetectCpu());
}

image::PreprocessContract MakeContract(const Settings& settings,
                                       const model::Backbone& backbone) {
  image::PreprocessContract contract;
  contract.decoder = image::DecoderVersions();
  contract.apply_orientation = settings.apply_orientation;
  contract.width = backbone.options.input_width;
  contract.height = backbone.options.input_height;
  contract.filter = settings.filter;
  contract.fit = settings.fit_mode;
  contract.pad_color = settings.pad_color;
  contract.white_balance = settings.white_balance;
  contract.views = settings.views;
  contract.colour = settings.colour;
  contract.regions = settings.regions;
  contract.normalization =
      settings.normalization.value_or(backbone.default_normalization);
  return contract;
}

}  // namespace

std::string WeightsKindName(const model::Backbone& backbone) {
  if (backbone.options.model == "lite0") return "imagenet";
  if (backbone.is_onnx()) return "onnx";
  switch (backbone.weights.kind) {
    case model::WeightsKind::kImagenet:
      return "imagenet";
    case model::WeightsKind::kRandom:
      return "random";
    case model::WeightsKind::kFile:
      break;
  }
  return "file";
}

Result<Plan> MakePlan(const Settings& settings, const model::Backbone& backbone,
                      const std::string& reducer_sha256, const std::string& frozen) {
  Plan plan;
  ARROW_ASSIGN_OR_RAISE(plan.engine, ChooseEngine(settings, backbone.not_stack, frozen));
  plan.contract = MakeContract(settings, backbone);
  ARROW_RETURN_NOT_OK(plan.contract.Validate());

  Json json = {{"schema_version", table::kSchemaVersion},
               {"precision", std::string(engine::PrecisionName(plan.engine.precision))},
               {"contract", ParseJson(plan.contract.ToJson())},
               {"max_pixels", settings.max_pixels},
               {"network", NetworkJson(backbone)},
               {"source", SourceJson(settings)},
               {"output", OutputJson(settings)},
               {"fit", FitJson(settings, reducer_sha256)}};
  json.update(PlatformJson(plan.engine.backend));
  // Left out for OpenVINO, the only one once: plans from then are still continued.
  if (plan.engine.backend != engine::Backend::kOpenVino) {
    json["backend"] = std::string(engine::BackendName(plan.engine.backend));
  }
  plan.json = json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  plan.hash = HexSha256(plan.json);
  return plan;
}

Result<std::vector<std::string>> PlatformDifference(const std::string& plan) {
  Json here = ParseJson(plan);
  ARROW_ASSIGN_OR_RAISE(const engine::ChoiceText choice, PlanChoice(plan));
  const bool native = choice.backend == engine::BackendName(engine::Backend::kNative);
  if (here.is_object()) {
    here.update(
        PlatformJson(native ? engine::Backend::kNative : engine::Backend::kOpenVino));
  }
  ARROW_ASSIGN_OR_RAISE(auto difference, ComparePlans(plan, here.dump()));
  return difference.platform;
}

std::string NetworkText(const model::Backbone& backbone) {
  return NetworkJson(backbone).dump();
}

std::map<std::string, std::string> PlanMetadata(const Plan& plan,
                                                const model::Backbone& backbone) {
  return {{"pomona.version", POMONA_VERSION},
          {"pomona.plan", plan.hash},
          {"pomona.precision", std::string(engine::PrecisionName(plan.engine.precision))},
          {"pomona.contract", plan.contract.ToJson()},
          {"pomona.network", NetworkText(backbone)},
          {"pomona.weights",
           backbone.weights.kind == model::WeightsKind::kRandom && !backbone.is_onnx()
               ? "random weights"
               : WeightsKindName(backbone)}};
}

}  // namespace pomona::job
