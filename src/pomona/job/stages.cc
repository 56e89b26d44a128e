// SPDX-License-Identifier: Apache-2.0
#include "pomona/job/stages.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>
#include <numeric>
#include <optional>
#include <utility>

#include <arrow/buffer.h>
#include <nlohmann/json.hpp>

#include "pomona/base/json.h"
#include "pomona/job/blocks.h"
#include "pomona/job/feature_files.h"
#include "pomona/job/layout.h"
#include "pomona/job/listing.h"
#include "pomona/stats/merge_tree.h"
#include "pomona/table/tables.h"

namespace pomona::job {
namespace {

constexpr char kReducerName[] = "reducer.safetensors";
constexpr std::array<const char*, 4> kCarriedKeys = {
    "pomona.contract", "pomona.network", "pomona.precision", "pomona.weights"};

Result<int64_t> JsonInteger(const nlohmann::json& plan, const char* key) {
  const auto output = plan.find("output");
  if (output != plan.end() && output->is_object()) {
    const auto number = output->find(key);
    if (number != output->end() && number->is_number_integer() && *number >= 1 &&
        *number <= 65'536) {
      return number->get<int64_t>();
    }
  }
  return Status::Invalid(kPlanFile, " is damaged: no number output.", key,
                         " from 1 to 65536");
}

// The number of blocks of a destination, all of which must be there.
Result<int64_t> CompleteBlocks(store::ByteStore* store) {
  ARROW_ASSIGN_OR_RAISE(auto text, store->Read(kPlanFile));
  const auto plan = ParseJson(std::string_view(*text));
  if (!plan.is_object()) return Status::Invalid(kPlanFile, " is damaged");
  ARROW_ASSIGN_OR_RAISE(const int64_t shard_size, JsonInteger(plan, "shard_size"));
  ARROW_ASSIGN_OR_RAISE(const int64_t block_shards, JsonInteger(plan, "block_shards"));
  if (shard_size < 1 || block_shards < 1) {
    return Status::Invalid(store->uri(), "/", kPlanFile,
                           " is damaged: output.shard_size or block_shards is below 1");
  }
  Listing listing(store, shard_size, block_shards);
  ARROW_RETURN_NOT_OK(listing.Load());
  for (int64_t block = 0; block < listing.blocks(); ++block) {
    ARROW_ASSIGN_OR_RAISE(const bool exists, store->Exists(MomentsFile(block)));
    if (!exists) {
      return Status::Invalid(store->uri(), ": the run is not finished (",
                             MomentsFile(block),
                             " is missing). Run the command that made it again first");
    }
  }
  if (listing.blocks() == 0) {
    return Status::Invalid(store->uri(),
                           ": the run has no complete listing yet. Run the "
                           "command that made it again first");
  }
  return listing.blocks();
}

Result<stats::FitState> StateOfFeatures(const std::string& source,
                                        const stats::StateOptions& options) {
  std::optional<stats::FitState> state;
  ARROW_RETURN_NOT_OK(ForEachFeatures(
      source, [&](const table::FeatureTable& table, const table::Metadata&) {
        if (!state) {
          ARROW_ASSIGN_OR_RAISE(state, stats::FitState::Make(table.dim, options));
        }
        return state->Update(table.rows.data(), static_cast<int64_t>(table.keys.size()));
      }));
  ARROW_RETURN_NOT_OK(state->Flush());
  return *std::move(state);
}

// The state that `place` holds: of a run's blocks, or of files of states.
Result<stats::FitState> StateOf(const Place& place, bool destination) {
  if (destination && place.file.empty()) {
    ARROW_ASSIGN_OR_RAISE(const int64_t blocks, CompleteBlocks(place.store.get()));
    return MergeBlocks(place.store.get(), blocks);
  }
  if (place.file.ends_with(".bin")) return ReadState(place.store.get(), place.file);
  ARROW_ASSIGN_OR_RAISE(auto files, place.store->List(""));
  const auto states = WithEnding(files, ".bin");
  if (states.empty()) {
    return Status::Invalid(place.store->uri(),
                           " holds neither a run (plan.json), nor features "
                           "(*.parquet), nor moments (*.bin)");
  }
  return stats::MergeTree(static_cast<int64_t>(states.size()), [&](int64_t i) {
    return ReadState(place.store.get(), states[static_cast<size_t>(i)]);
  });
}

bool IsKind(const stats::FitState& state, stats::Pca wanted) {
  if (wanted == stats::Pca::kAuto) return true;
  return (wanted == stats::Pca::kSketch) == (state.sketch() != nullptr);
}

void Carry(const table::Metadata& from, stats::Reducer* reducer) {
  for (const char* key : kCarriedKeys) {
    if (auto found = from.find(key); found != from.end())
      reducer->metadata.insert(*found);
  }
}

std::string Shortest(double value) {
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value);
  return {text.data(), end.ptr};
}

std::string ScreeCsv(const stats::Reducer& reducer) {
  std::string csv = "component,eigenvalue,explained_variance_ratio,cumulative\n";
  const auto ratios = reducer.explained_variance_ratio();
  double cumulative = 0;
  for (size_t i = 0; i < ratios.size(); ++i) {
    cumulative += ratios[i];
    csv += std::to_string(i + 1) + "," + Shortest(reducer.eigenvalues[i]) + "," +
           Shortest(ratios[i]) + "," + Shortest(cumulative) + "\n";
  }
  return csv;
}

}  // namespace

Result<stats::Reducer> FitFrom(const std::string& source,
                               const stats::FitOptions& options) {
  ARROW_ASSIGN_OR_RAISE(const Place place, OpenPlace(source));
  ARROW_ASSIGN_OR_RAISE(const auto features, FeatureFiles(place));
  ARROW_ASSIGN_OR_RAISE(const bool destination, place.store->Exists(kPlanFile));
  const bool parquet = !features.empty() && features.front().ends_with(".parquet");
  std::optional<stats::FitState> state;
  if (destination || !parquet) {
    ARROW_ASSIGN_OR_RAISE(state, StateOf(place, destination));
  }
  const stats::StateOptions wanted = stats::StateFor(options);
  if (!state || !IsKind(*state, wanted.pca)) {
    if (!parquet) {
      return Status::Invalid(source, " holds ",
                             state->sketch() ? "a sketch" : "moments of all columns",
                             " and no feature rows: --pca ", stats::PcaName(wanted.pca),
                             " needs them again");
    }
    state.reset();  // its memory is free for the other
    ARROW_ASSIGN_OR_RAISE(state, StateOfFeatures(source, wanted));
  }
  ARROW_ASSIGN_OR_RAISE(auto reducer, stats::FitReducer(*state, options));
  if (parquet) {
    ARROW_ASSIGN_OR_RAISE(auto metadata,
                          table::ReadMetadata(place.store.get(), features.front()));
    Carry(metadata, &reducer);
  }
  return reducer;
}

Status SaveReducer(const stats::Reducer& reducer, store::ByteStore* store,
                   const std::string& folder) {
  const std::string prefix = folder.empty() ? "" : folder + "/";
  ARROW_ASSIGN_OR_RAISE(const std::string bytes, reducer.ToSafetensors());
  ARROW_RETURN_NOT_OK(store->Put(prefix + "scree.csv", ScreeCsv(reducer)));
  ARROW_RETURN_NOT_OK(store->Put(prefix + "reducer.json", reducer.ToJson()));
  // Last: its presence says that the folder is whole.
  return store->Put(prefix + kReducerName, bytes);
}

Result<stats::Reducer> LoadReducer(const std::string& location) {
  ARROW_ASSIGN_OR_RAISE(Place place, OpenPlace(location));
  if (place.file.empty()) {
    ARROW_ASSIGN_OR_RAISE(const bool here, place.store->Exists(kReducerName));
    if (here) place.file = kReducerName;
  }
  if (place.file.empty()) {
    ARROW_ASSIGN_OR_RAISE(auto files, place.store->List("reducer"));
    const auto reducers = WithEnding(files, kReducerName);
    if (!reducers.empty()) place.file = reducers.back();  // the latest generation
  }
  if (place.file.empty()) {
    return Status::KeyError(location, " holds no ", kReducerName,
                            ": make one with 'pomona fit' or 'pomona run'");
  }
  return LoadReducerFile(place.store.get(), place.file);
}

Result<stats::Reducer> LoadReducerFile(store::ByteStore* store, const std::string& path) {
  ARROW_ASSIGN_OR_RAISE(auto buffer, store->Read(path));
  auto reducer = stats::Reducer::FromSafetensors(std::string_view(*buffer));
  if (!reducer.ok()) {
    return reducer.status().WithMessage(store->uri(), "/", path, ": ",
                                        reducer.status().message());
  }
  return reducer;
}

double ExplainedVariance(const stats::Reducer& reducer) {
  const auto ratios = reducer.explained_variance_ratio();
  const auto k = std::min(static_cast<size_t>(reducer.k()), ratios.size());
  return std::accumulate(ratios.begin(), ratios.begin() + static_cast<ptrdiff_t>(k), 0.0);
}

Status CheckReducerFits(const stats::Reducer& reducer,
                        const std::map<std::string, std::string>& row_metadata) {
  const char* key = FirstDifference(reducer.metadata, row_metadata);
  if (key == nullptr) return Status::OK();
  return Status::Invalid("the reducer was fitted on other features: ", key, " is ",
                         reducer.metadata.at(key), " there, ", row_metadata.at(key),
                         " here. Extract with its settings, or fit a new reducer");
}

Result<int64_t> TransformFile(const stats::Transformer& transformer,
                              store::ByteStore* from, const std::string& features,
                              store::ByteStore* to,
                              const std::function<std::string(const char*)>& name,
                              const TransformOptions& options,
                              const std::map<std::string, std::string>& metadata) {
  ARROW_ASSIGN_OR_RAISE(auto rows, table::ReadFeatures(from, features));
  if (rows.dim != transformer.dim()) {
    return Status::Invalid(features, " has rows of ", rows.dim,
                           " numbers, the reducer needs ", transformer.dim());
  }
  if (rows.has_fruits()) {
    return Status::Invalid(features,
                           " has a row for each region of a photo, and a reduced table "
                           "one for each photo: extract without --regions fruits, or let "
                           "a head answer for the regions (pomona predict)");
  }
  table::ReducedTable reduced;
  reduced.k = transformer.k();
  const auto n = static_cast<int64_t>(rows.keys.size());
  reduced.rows.resize(static_cast<size_t>(n * reduced.k));
  ARROW_RETURN_NOT_OK(transformer.Apply(rows.rows.data(), n, reduced.rows.data()));
  for (auto& key : rows.keys) {
    reduced.paths.push_back(std::move(key.path));
    reduced.labels.push_back(std::move(key.label));
  }
  if (options.csv) ARROW_RETURN_NOT_OK(table::WriteReducedCsv(to, name("csv"), reduced));
  if (options.npz) ARROW_RETURN_NOT_OK(table::WriteReducedNpz(to, name("npz"), reduced));
  // Last: its presence says that the shard is done.
  ARROW_RETURN_NOT_OK(table::WriteReduced(to, name("parquet"), reduced, metadata));
  return n;
}

Result<int64_t> TransformRows(const stats::Reducer& reducer, const std::string& source,
                              const std::string& destination,
                              const TransformOptions& options) {
  ARROW_ASSIGN_OR_RAISE(const Place place, OpenPlace(source));
  ARROW_ASSIGN_OR_RAISE(const auto files, FeatureFiles(place));
  if (files.empty()) {
    return Status::Invalid(
        source, " holds no feature files (*.parquet)",
        "; a run made with --keep-features no cannot be transformed again");
  }
  ARROW_ASSIGN_OR_RAISE(auto out, store::OpenByteStore(destination));
  ARROW_ASSIGN_OR_RAISE(auto transformer, stats::Transformer::Make(reducer));
  int64_t total = 0;
  for (size_t i = 0; i < files.size(); ++i) {
    ARROW_ASSIGN_OR_RAISE(auto metadata,
                          table::ReadMetadata(place.store.get(), files[i]));
    ARROW_RETURN_NOT_OK(CheckReducerFits(reducer, metadata));
    ARROW_ASSIGN_OR_RAISE(const int64_t rows,
                          TransformFile(
                              transformer, place.store.get(), files[i], out.get(),
                              [&](const char* ending) {
                                return ReducedFile(0, static_cast<int64_t>(i), ending);
                              },
                              options, metadata));
    total += rows;
    if (options.sink != nullptr) {
      options.sink->Emit({"transform_progress",
                          {{"done", static_cast<int64_t>(i + 1)},
                           {"total", static_cast<int64_t>(files.size())}}});
    }
  }
  return total;
}

}  // namespace pomona::job
