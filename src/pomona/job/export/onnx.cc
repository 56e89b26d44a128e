// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <utility>

#include "pomona/image/preprocess.h"
#include "pomona/job/export/export.h"
#include "pomona/job/export/output.h"
#include "pomona/job/plan.h"
#include "pomona/job/reuse.h"
#include "pomona/job/stages.h"
#include "pomona/model/onnx_export.h"

namespace pomona::job {
namespace {

Result<float> Narrow(double value, const char* what, int64_t column, bool may_be_0) {
  const auto narrow = static_cast<float>(value);
  if (std::isfinite(narrow) && (may_be_0 || narrow > 0)) return narrow;
  return Status::Invalid("the reducer's ", what, " of column ", column, ", ", value,
                         ", is none of float32, which the ONNX graph computes in",
                         "\nhint: --to npz, spark and sklearn keep float64");
}

// A column that scales to 0 keeps its numbers and loses its weights.
Result<model::LinearTail> Tail(const stats::Reducer& r) {
  ARROW_RETURN_NOT_OK(r.Validate());
  model::LinearTail tail;
  tail.weights.resize(r.components.size());
  for (int64_t j = 0; j < r.dim; ++j) {
    const bool used = r.scale[j] > 0;
    ARROW_ASSIGN_OR_RAISE(const float scale,
                          Narrow(used ? r.scale[j] : 1.0, "scale", j, false));
    tail.scale.push_back(scale);
    if (r.subtracts_mean()) {
      ARROW_ASSIGN_OR_RAISE(const float mean,
                            Narrow(used ? r.mean[j] : 0.0, "mean", j, true));
      tail.mean.push_back(mean);
    }
    for (int64_t c = 0; used && c < r.k(); ++c) {
      tail.weights[j * r.k() + c] = static_cast<float>(r.components[c * r.dim + j]);
    }
  }
  return tail;
}

// What the reducer knows of itself, and the kind of weights in a key of its own.
model::OnnxMetadata Metadata(const stats::Reducer& reducer) {
  model::OnnxMetadata metadata = reducer.metadata;
  metadata.try_emplace("pomona.weights", "not known");
  metadata["pomona.reducer"] = reducer.ToJson();
  return metadata;
}

Status Write(const std::string& bytes, const std::string& destination, bool overwrite) {
  ARROW_ASSIGN_OR_RAISE(const FilePlace place, OpenFilePlace(destination, overwrite));
  return place.store->Put(place.name, bytes);
}

// The network that the reducer was fitted on, or what is in the way.
Result<model::Backbone> OwnNetwork(const stats::Reducer& reducer,
                                   const model::BackboneOptions& files) {
  Settings settings;
  settings.backbone = files;
  ARROW_RETURN_NOT_OK(AdoptReducerSettings(reducer, &settings));
  ARROW_ASSIGN_OR_RAISE(auto backbone, model::LoadBackbone(settings.backbone));
  ARROW_RETURN_NOT_OK(
      CheckReducerFits(reducer, {{"pomona.network", NetworkText(backbone)}}));
  return backbone;
}

}  // namespace

Status ExportOnnx(const stats::Reducer& reducer, const std::string& destination,
                  bool overwrite) {
  ARROW_ASSIGN_OR_RAISE(const model::LinearTail tail, Tail(reducer));
  return Write(model::TailToOnnx(model::Ending(tail), Metadata(reducer)), destination,
               overwrite);
}

Status ExportFusedOnnx(const stats::Reducer& reducer, const model::BackboneOptions& files,
                       const std::string& destination, bool overwrite) {
  const auto contract = reducer.metadata.find("pomona.contract");
  if (contract == reducer.metadata.end() ||
      !reducer.metadata.contains("pomona.network")) {
    return Status::Invalid(
        "the reducer does not say which network and preprocessing made its rows, so none "
        "can be put before it",
        "\nhint: leave out --fuse, or fuse the reducer of a run");
  }
  // Before the network is read, which takes time.
  ARROW_RETURN_NOT_OK(OpenFilePlace(destination, overwrite).status());
  ARROW_ASSIGN_OR_RAISE(const auto preprocess,
                        image::PreprocessContract::FromJson(contract->second));
  const bool one_network = preprocess.views == image::Views::kOne && !preprocess.colour &&
                           preprocess.white_balance == image::WhiteBalance::kNone;
  if (!one_network) {
    return Status::Invalid(
        "the reducer's rows are more than one pass of the network (views, colour or "
        "white "
        "balance): no network can be put before it",
        "\nhint: leave out --fuse");
  }
  ARROW_ASSIGN_OR_RAISE(const model::LinearTail tail, Tail(reducer));
  ARROW_ASSIGN_OR_RAISE(const auto backbone, OwnNetwork(reducer, files));
  ARROW_ASSIGN_OR_RAISE(const std::string bytes,
                        model::FusedToOnnx(backbone, preprocess.normalization,
                                           model::Ending(tail), Metadata(reducer)));
  return Write(bytes, destination, overwrite);
}

}  // namespace pomona::job
