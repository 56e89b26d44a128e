// SPDX-License-Identifier: Apache-2.0
#include "pomona/job/task_spec.h"

#include <filesystem>

#include <nlohmann/json.hpp>

#include "pomona/base/json.h"
#include "pomona/store/utf8.h"

namespace pomona::job {
namespace {

using Json = nlohmann::json;

// Every field but those that JSON has no type for.
template <typename Spec, typename Visit>
void VisitFields(Spec& spec, const Visit& visit) {
  visit("run", spec.run);
  visit("plan", spec.plan);
  visit("source", spec.source);
  visit("destination", spec.destination);
  visit("label_from", spec.label_from);
  visit("all_files", spec.all_files);
  visit("image_column", spec.image_column);
  visit("max_pixels", spec.max_pixels);
  visit("model", spec.backbone.model);
  visit("weights", spec.backbone.weights);
  visit("seed", spec.backbone.seed);
  visit("input_width", spec.backbone.input_width);
  visit("input_height", spec.backbone.input_height);
  visit("layer", spec.backbone.layer);
  visit("pool", spec.backbone.pool);
  visit("precision", spec.engine.precision);
  visit("backend", spec.engine.backend);
  visit("shard_size", spec.shard_size);
  visit("block_shards", spec.block_shards);
  visit("generation", spec.generation);
  visit("pca", spec.state.pca);
  visit("sketch_rank", spec.state.rank);
  visit("csv", spec.csv);
  visit("npz", spec.npz);
  visit("metadata", spec.metadata);
  visit("known_image", spec.known_image);
  visit("require_same_cpu", spec.require_same_cpu);
  visit("any_build", spec.any_build);
}

}  // namespace

store::SourceOptions TaskSpec::source_options() const {
  store::SourceOptions options;
  options.label_from = label_from;
  options.all_files = all_files;
  options.image_column = image_column;
  options.listed = true;
  return options;
}

Result<std::string> TaskSpec::ToJson() const {
  for (const std::string& place :
       {source, destination, backbone.model, backbone.weights, image_column}) {
    if (store::IsUtf8(place)) continue;
    return Status::Invalid("'", store::EscapeInvalidUtf8(place),
                           "' is not UTF-8: a cluster cannot be told of it. Rename it");
  }
  Json json;
  VisitFields(*this, [&](const char* name, const auto& value) { json[name] = value; });
  json["contract"] = contract.ToJson();
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<TaskSpec> TaskSpec::FromJson(const std::string& text) {
  const Json json = ParseJson(text);
  TaskSpec spec;
  try {
    VisitFields(spec,
                [&](const char* name, auto& value) { json.at(name).get_to(value); });
    ARROW_ASSIGN_OR_RAISE(spec.contract, image::PreprocessContract::FromJson(
                                             json.at("contract").get<std::string>()));
  } catch (const Json::exception& error) {
    return Status::Invalid(
        "a task that this version of Pomona does not know: ", error.what(),
        ". Install the same version on driver and workers");
  }
  return spec;
}

bool IsLocalPlace(const std::string& place) {
  return place.find("://") == std::string::npos;
}

std::string AbsolutePlace(const std::string& place) {
  if (place.empty() || !IsLocalPlace(place)) return place;
  std::error_code ignored;
  const auto absolute = std::filesystem::absolute(place, ignored);
  return ignored ? place : absolute.lexically_normal().string();
}

}  // namespace pomona::job
