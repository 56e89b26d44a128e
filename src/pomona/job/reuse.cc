// SPDX-License-Identifier: Apache-2.0
#include "pomona/job/reuse.h"

#include <nlohmann/json.hpp>

#include "pomona/base/json.h"
#include "pomona/image/preprocess.h"
#include "pomona/job/export/imported.h"

namespace pomona::job {
namespace {

using Json = nlohmann::json;

Status AdoptContract(const std::string& text, Settings* settings) {
  ARROW_ASSIGN_OR_RAISE(const auto contract, image::PreprocessContract::FromJson(text));
  settings->apply_orientation = contract.apply_orientation;
  settings->filter = contract.filter;
  settings->fit_mode = contract.fit;
  settings->pad_color = contract.pad_color;
  settings->normalization = contract.normalization;
  settings->white_balance = contract.white_balance;
  settings->views = contract.views;
  settings->colour = contract.colour;
  settings->backbone.input_width = contract.width;
  settings->backbone.input_height = contract.height;
  return Status::OK();
}

Status AdoptNetwork(const std::string& text, Settings* settings) {
  const Json json = ParseJson(text);
  const auto bad = [] {
    return Status::Invalid("the metadata pomona.network are damaged");
  };
  if (!json.is_object()) return bad();
  const auto word = [&](const char* key) {
    const auto found = json.find(key);
    return found != json.end() && found->is_string() ? found->get<std::string>()
                                                     : std::string();
  };
  auto& backbone = settings->backbone;
  backbone.layer = word("layer");
  const std::string pool = word("pool");
  backbone.pool = pool == "avg"   ? model::Pool::kAvg
                  : pool == "max" ? model::Pool::kMax
                                  : model::Pool::kNone;
  if (word("weights") == "onnx") {
    if (!model::IsNamedModel(backbone.model)) return Status::OK();
    return Status::Invalid("it was fitted on the network ", word("model"),
                           ": give its file with --model");
  }
  backbone.model = model::IsNamedModel(word("model")) ? word("model") : "vgg16";
  if (word("weights") == "imagenet") backbone.weights = "imagenet";
  if (word("weights") == "random") {
    backbone.weights = "none";
    const auto seed = json.find("seed");
    if (seed == json.end() || !seed->is_number_unsigned()) return bad();
    backbone.seed = seed->get<uint64_t>();
  }
  if (word("weights") == "file" &&
      (backbone.weights == "imagenet" || backbone.weights == "none")) {
    return Status::Invalid("it was fitted on ", model::ModelTitle(backbone.model),
                           " with weights of a file: give that with --weights");
  }
  return Status::OK();
}

}  // namespace

Status AdoptReducerSettings(const stats::Reducer& reducer, Settings* settings) {
  const auto imported = reducer.metadata.find(kImportedKey);
  if (imported != reducer.metadata.end() &&
      (!reducer.metadata.contains("pomona.contract") ||
       !reducer.metadata.contains("pomona.network"))) {
    return Status::Invalid(
        "the reducer was imported from ", imported->second,
        ", which does not say how pictures became its columns (preprocessing, network)",
        "\nhint: import it with --like RUN, the run on whose features it was fitted; "
        "feature rows it takes as it is");
  }
  return AdoptRowSettings(reducer.metadata, settings);
}

Status AdoptRowSettings(const std::map<std::string, std::string>& metadata,
                        Settings* settings) {
  if (auto found = metadata.find("pomona.contract"); found != metadata.end()) {
    ARROW_RETURN_NOT_OK(AdoptContract(found->second, settings));
  }
  if (auto found = metadata.find("pomona.network"); found != metadata.end()) {
    ARROW_RETURN_NOT_OK(AdoptNetwork(found->second, settings));
  }
  return Status::OK();
}

}  // namespace pomona::job
