// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <optional>
#include <utility>

#include <arrow/buffer.h>
#include <nlohmann/json.hpp>

#include "pomona/base/json.h"
#include "pomona/job/export/export.h"
#include "pomona/job/export/imported.h"
#include "pomona/job/export/spark.h"
#include "pomona/store/byte_store.h"
#include "pomona/table/spark_vectors.h"

namespace pomona::job {
namespace {

using Json = nlohmann::json;
using table::SparkValue;

constexpr int64_t kMaxMetadata = 64 << 20;

// A saved model or stage: where it lies in the store, and its description.
struct Saved {
  std::string folder;  // "" or "stages/0_uid/"
  Json json;

  std::string type() const { return Text(json, "class"); }
  // A parameter that was set, or its default; null when there is none.
  Json Param(const char* name) const {
    for (const char* map : {"paramMap", "defaultParamMap"}) {
      const auto found = json.find(map);
      if (found == json.end() || !found->is_object()) continue;
      if (const auto value = found->find(name); value != found->end()) return *value;
    }
    return nullptr;
  }
  bool Flag(const char* name, bool usual) const {
    const Json value = Param(name);
    return value.is_boolean() ? value.get<bool>() : usual;
  }
  static std::string Text(const Json& object, const char* key) {
    const auto found = object.find(key);
    return found != object.end() && found->is_string() ? found->get<std::string>() : "";
  }
};

// The files that Spark would read of a folder: not those that begin with '_' or '.'.
Result<std::vector<store::StoredFile>> DataFiles(store::ByteStore* store,
                                                 const std::string& folder) {
  ARROW_ASSIGN_OR_RAISE(auto files, store->List(folder));
  std::erase_if(files, [](const store::StoredFile& file) {
    const char first = file.path[file.path.find_last_of('/') + 1];
    return first == '_' || first == '.' || file.size == 0;
  });
  return files;
}

Result<Saved> ReadSaved(store::ByteStore* store, const std::string& folder) {
  ARROW_ASSIGN_OR_RAISE(const auto files, DataFiles(store, folder + "metadata"));
  const auto place = [&] { return store->uri() + "/" + folder + "metadata"; };
  if (files.empty()) {
    return Status::KeyError(place(), " has no file: no model that Spark saved is there",
                            "\nhint: name the folder that model.save(...) wrote");
  }
  if (files.front().size > kMaxMetadata) {
    return Status::Invalid(place(), ": ", files.front().size, " bytes of description");
  }
  ARROW_ASSIGN_OR_RAISE(const auto text, store->Read(files.front().path));
  Saved saved{folder, ParseJson(std::string_view(*text))};
  if (saved.type().empty()) {
    return Status::Invalid(store->uri(), "/", files.front().path,
                           ": no description of a Spark model (JSON with a class)");
  }
  return saved;
}

Result<std::vector<Saved>> ReadStages(store::ByteStore* store, const Saved& pipeline) {
  const Json uids = pipeline.Param("stageUids");
  if (!uids.is_array()) {
    return Status::Invalid(store->uri(), ": the pipeline has no paramMap.stageUids");
  }
  ARROW_ASSIGN_OR_RAISE(const auto files, store->List("stages"));
  std::vector<Saved> stages;
  for (const Json& uid : uids) {
    // stages/0_UID/..., with as many digits as the number of stages needs.
    const std::string end =
        "_" + (uid.is_string() ? uid.get<std::string>() : std::string());
    std::string folder;
    for (const auto& file : files) {
      const size_t slash = file.path.find('/', 7);
      if (slash == std::string::npos || !folder.empty()) continue;
      const std::string name = file.path.substr(7, slash - 7);
      if (name.ends_with(end)) folder = "stages/" + name + "/";
    }
    if (folder.empty()) {
      return Status::Invalid(store->uri(), ": the folder of stage ", uid.dump(),
                             " is missing");
    }
    ARROW_ASSIGN_OR_RAISE(stages.emplace_back(), ReadSaved(store, folder));
  }
  return stages;
}

struct Stages {
  std::optional<Saved> scaler;
  Saved pca;
};

Result<Stages> FindStages(store::ByteStore* store) {
  ARROW_ASSIGN_OR_RAISE(Saved top, ReadSaved(store, ""));
  if (top.type() == spark::kPca) return Stages{std::nullopt, std::move(top)};
  std::vector<Saved> stages;
  if (top.type() == spark::kPipeline) {
    ARROW_ASSIGN_OR_RAISE(stages, ReadStages(store, top));
  } else {
    stages.push_back(top);
  }
  std::string found;
  for (const Saved& stage : stages) found += (found.empty() ? "" : ", ") + stage.type();
  const bool scaled = stages.size() == 2 && stages[0].type() == spark::kScaler;
  if ((!scaled && stages.size() != 1) || stages.back().type() != spark::kPca) {
    return Status::Invalid(
        store->uri(), " holds ", found.empty() ? "nothing" : found,
        "; a PCAModel, or a StandardScalerModel and a PCAModel, can be "
        "imported: save a pipeline of these stages alone");
  }
  Stages out{std::nullopt, stages.back()};
  if (!scaled) return out;
  if (stages[0].Param("outputCol") != out.pca.Param("inputCol")) {
    return Status::Invalid(store->uri(), ": the PCA takes column ",
                           out.pca.Param("inputCol").dump(), ", the scaler makes ",
                           stages[0].Param("outputCol").dump());
  }
  out.scaler = stages[0];
  return out;
}

// The vector or matrix `name` of a stage's data.
Result<SparkValue> ReadData(store::ByteStore* store, const Saved& stage,
                            const std::string& name, bool is_matrix) {
  ARROW_ASSIGN_OR_RAISE(const auto files, DataFiles(store, stage.folder + "data"));
  if (files.size() != 1) {
    return Status::Invalid(store->uri(), "/", stage.folder, "data has ", files.size(),
                           " files, not one");
  }
  ARROW_ASSIGN_OR_RAISE(auto row, table::ReadSparkRow(store, files.front().path));
  for (SparkValue& value : row) {
    if (value.name == name && value.is_matrix == is_matrix) return std::move(value);
  }
  return Status::Invalid(store->uri(), "/", files.front().path, " has no ",
                         is_matrix ? "matrix" : "vector", " '", name, "'");
}

Status ReadScaler(store::ByteStore* store, const Saved& scaler, stats::Reducer* r) {
  ARROW_ASSIGN_OR_RAISE(auto mean, ReadData(store, scaler, "mean", false));
  ARROW_ASSIGN_OR_RAISE(auto std, ReadData(store, scaler, "std", false));
  for (const auto& value : {mean, std}) {
    if (value.rows == r->dim) continue;
    return Status::Invalid(store->uri(), ": the scaler's ", value.name, " has ",
                           value.rows, " numbers, the PCA takes ", r->dim);
  }
  r->center = scaler.Flag("withMean", false);
  r->mean = std::move(mean.values);
  if (scaler.Flag("withStd", true)) r->scale = std::move(std.values);
  return Status::OK();
}

// Spark keeps shares. Of scaled columns the total is their number, but for constant ones.
void SetVariance(const std::vector<double>& shares, bool scaled, stats::Reducer* r) {
  r->total_variance = 1;
  if (scaled) {
    r->total_variance = static_cast<double>(
        std::count_if(r->scale.begin(), r->scale.end(), [](double s) { return s > 0; }));
  }
  for (const double share : shares) {
    r->eigenvalues.push_back(std::max(0.0, share) * r->total_variance);
  }
}

Result<stats::Reducer> Read(store::ByteStore* store) {
  ARROW_ASSIGN_OR_RAISE(const Stages stages, FindStages(store));
  ARROW_ASSIGN_OR_RAISE(auto pc, ReadData(store, stages.pca, "pc", true));
  ARROW_ASSIGN_OR_RAISE(auto shares,
                        ReadData(store, stages.pca, "explainedVariance", false));
  stats::Reducer r;
  r.convention = stats::Convention::kSpark;
  r.center = false;
  r.dim = pc.rows;
  r.method = "imported";
  r.components = std::move(pc.values);
  r.mean.assign(static_cast<size_t>(r.dim), 0.0);
  r.scale.assign(static_cast<size_t>(r.dim), 1.0);
  if (stages.scaler) ARROW_RETURN_NOT_OK(ReadScaler(store, *stages.scaler, &r));
  SetVariance(shares.values, stages.scaler && stages.scaler->Flag("withStd", true), &r);
  r.metadata[kImportedKey] = "spark";
  return r;
}

}  // namespace

Result<stats::Reducer> ImportSpark(const std::string& location) {
  ARROW_ASSIGN_OR_RAISE(auto store, store::OpenByteStore(location));
  ARROW_ASSIGN_OR_RAISE(stats::Reducer reducer, Read(store.get()));
  ARROW_ASSIGN_OR_RAISE(const Saved top, ReadSaved(store.get(), ""));
  if (const auto own = top.json.find(spark::kPomona); own != top.json.end()) {
    RestoreFromJson(own->dump(), &reducer);
  }
  const Status valid = reducer.Validate();
  if (!valid.ok()) return valid.WithMessage(location, ": ", valid.message());
  return reducer;
}

}  // namespace pomona::job
