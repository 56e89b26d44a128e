// SPDX-License-Identifier: Apache-2.0
// What org.apache.spark.ml.util.DefaultParamsWriter and the models' own writers leave, as
// Spark 4 writes it; without times, and with names made from the reducer.
#include <utility>

#include <nlohmann/json.hpp>

#include "pomona/base/hash.h"
#include "pomona/base/json.h"
#include "pomona/job/export/export.h"
#include "pomona/job/export/output.h"
#include "pomona/job/export/spark.h"
#include "pomona/table/spark_vectors.h"

namespace pomona::job {
namespace {

using OrderedJson = nlohmann::ordered_json;
using table::SparkValue;

constexpr char kSparkVersion[] = "4.0.0";  // whose layout it is

// One stage: its metadata but for the uid, and its data.
struct Stage {
  const char* name;
  const char* type;
  OrderedJson params;
  OrderedJson defaults;
  std::vector<SparkValue> data;
};

OrderedJson Description(const char* type, const std::string& uid, OrderedJson params,
                        OrderedJson defaults) {
  return {{"class", type},
          {"timestamp", 0},
          {"sparkVersion", kSparkVersion},
          {"uid", uid},
          {"paramMap", std::move(params)},
          {"defaultParamMap", std::move(defaults)}};
}

std::string Line(const OrderedJson& json) {
  return json.dump(-1, ' ', false, OrderedJson::error_handler_t::replace) + "\n";
}

SparkValue Vector(const char* name, const std::vector<double>& values) {
  return {name, false, static_cast<int64_t>(values.size()), 1, values};
}

// Spark's scaler does ((x - mean) if withMean) * (1 / std, or 0 where std is 0), its PCA
// subtracts nothing: so withMean is whether the reducer subtracts, in both conventions.
Stage Scaler(const stats::Reducer& r) {
  return {"StandardScaler",
          spark::kScaler,
          {{"inputCol", "features"},
           {"outputCol", "scaled"},
           {"withMean", r.subtracts_mean()},
           {"withStd", true}},
          {{"withMean", false}, {"withStd", true}},
          {Vector("std", r.scale), Vector("mean", r.mean)}};
}

Stage Pca(const stats::Reducer& r) {
  auto ratios = r.explained_variance_ratio();
  ratios.resize(static_cast<size_t>(r.k()));
  // A column of Spark's matrix is a component, as a row of ours.
  return {
      "PCA",
      spark::kPca,
      {{"inputCol", "scaled"}, {"outputCol", "pca"}, {"k", r.k()}},
      OrderedJson::object(),
      {{"pc", true, r.dim, r.k(), r.components}, Vector("explainedVariance", ratios)}};
}

Status PutStage(store::ByteStore* store, const std::string& folder,
                const std::string& uid, const Stage& stage) {
  OrderedJson defaults = stage.defaults;
  defaults["outputCol"] = uid + "__output";
  const OrderedJson json =
      Description(stage.type, uid, stage.params, std::move(defaults));
  ARROW_RETURN_NOT_OK(store->Put(folder + spark::kMetadata, Line(json)));
  ARROW_RETURN_NOT_OK(store->Put(folder + "metadata/_SUCCESS", ""));
  ARROW_RETURN_NOT_OK(
      table::WriteSparkRow(store, folder + "data/part-00000.snappy.parquet", stage.data));
  return store->Put(folder + "data/_SUCCESS", "");
}

}  // namespace

Status ExportSpark(const stats::Reducer& reducer, const std::string& destination,
                   bool overwrite) {
  ARROW_ASSIGN_OR_RAISE(const std::string bytes, reducer.ToSafetensors());
  ARROW_ASSIGN_OR_RAISE(auto out,
                        FolderOutput::Create(destination, spark::kMetadata, overwrite));
  const std::string id = HexSha256(bytes).substr(0, 12);
  OrderedJson uids = OrderedJson::array();
  for (const Stage& stage : {Scaler(reducer), Pca(reducer)}) {
    const std::string uid = std::string(stage.name) + "_" + id;
    const std::string folder = "stages/" + std::to_string(uids.size()) + "_" + uid + "/";
    ARROW_RETURN_NOT_OK(PutStage(out->store(), folder, uid, stage));
    uids.push_back(uid);
  }
  OrderedJson whole = Description(spark::kPipeline, "PipelineModel_" + id,
                                  {{"stageUids", uids}}, OrderedJson::object());
  whole[spark::kPomona] = ParseOrderedJson(reducer.ToJson());
  ARROW_RETURN_NOT_OK(out->store()->Put("metadata/_SUCCESS", ""));
  // Without it Spark and Pomona find no model: it comes last.
  return out->Commit(Line(whole));
}

}  // namespace pomona::job
