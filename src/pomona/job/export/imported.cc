// SPDX-License-Identifier: Apache-2.0
#include "pomona/job/export/imported.h"

#include <array>
#include <cmath>
#include <map>
#include <string>
#include <utility>

#include <nlohmann/json.hpp>

#include "pomona/base/json.h"
#include "pomona/job/export/export.h"
#include "pomona/job/layout.h"
#include "pomona/job/stages.h"
#include "pomona/store/byte_store.h"
#include "pomona/table/tables.h"

namespace pomona::job {
namespace {

using Json = nlohmann::json;

// `r` with what `json` (reducer.json) says. Throws what nlohmann throws at other types.
stats::Reducer Told(const Json& json, stats::Reducer r) {
  r.convention = json.at("convention").get<std::string>() == "spark"
                     ? stats::Convention::kSpark
                     : stats::Convention::kSklearn;
  r.center = json.at("center").get<bool>();
  r.count = json.at("rows").get<int64_t>();
  r.method = json.at("method").get<std::string>();
  r.eigenvalues = json.at("eigenvalues").get<std::vector<double>>();
  r.total_variance = json.at("total_variance").get<double>();
  r.metadata = json.at("metadata").get<std::map<std::string, std::string>>();
  return r;
}

bool SameTransform(const stats::Reducer& told, const stats::Reducer& found,
                   const Json& json) {
  if (!told.Validate().ok() || told.count < 0) return false;
  if (json.at("columns") != found.dim || json.at("components") != found.k()) return false;
  if (told.subtracts_mean() != found.subtracts_mean()) return false;
  const auto a = told.explained_variance_ratio();
  const auto b = found.explained_variance_ratio();
  for (size_t i = 0; i < static_cast<size_t>(found.k()); ++i) {
    if (!(std::abs(a[i] - b[i]) <= 1e-9)) return false;
  }
  return true;
}

constexpr std::array<const char*, 4> kContractKeys = {
    "pomona.contract", "pomona.network", "pomona.precision", "pomona.weights"};

// Columns and metadata of the rows that `like` made or reduces.
struct Rows {
  int64_t dim = 0;
  table::Metadata metadata;
};

Result<Rows> RowsOf(const std::string& like) {
  ARROW_ASSIGN_OR_RAISE(auto store, store::OpenByteStore(like));
  const std::string features = FeaturesFile(0);
  ARROW_ASSIGN_OR_RAISE(const bool run, store->Exists(features));
  Rows rows;
  if (run) {
    ARROW_ASSIGN_OR_RAISE(const auto table, table::ReadFeatures(store.get(), features));
    rows.dim = table.dim;
    ARROW_ASSIGN_OR_RAISE(rows.metadata, table::ReadMetadata(store.get(), features));
    return rows;
  }
  ARROW_ASSIGN_OR_RAISE(auto reducer, LoadReducer(like));
  return Rows{reducer.dim, std::move(reducer.metadata)};
}

}  // namespace

Status AdoptContractOf(const std::string& like, stats::Reducer* reducer) {
  ARROW_ASSIGN_OR_RAISE(const Rows rows, RowsOf(like));
  if (rows.dim != reducer->dim) {
    return Status::Invalid("the rows of ", like, " have ", rows.dim,
                           " columns, what is imported takes ", reducer->dim,
                           ": it was fitted on other rows");
  }
  for (const char* key : kContractKeys) {
    const auto found = rows.metadata.find(key);
    if (found == rows.metadata.end()) {
      return Status::Invalid(like, " does not say its ", key,
                             ": name a run of pictures, or a reducer of one");
    }
    reducer->metadata[key] = found->second;
  }
  return Status::OK();
}

void RestoreFromJson(const std::string& text, stats::Reducer* reducer) {
  const Json json = ParseJson(text);
  try {
    stats::Reducer told = Told(json, *reducer);
    if (SameTransform(told, *reducer, json)) *reducer = std::move(told);
  } catch (const Json::exception&) {
    return;  // somebody else's: the numbers alone count
  }
}

}  // namespace pomona::job
