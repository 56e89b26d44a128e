// SPDX-License-Identifier: Apache-2.0
// job::Foresee: the beginning of a run, with nothing written.
#include <algorithm>

#include <nlohmann/json.hpp>

#include "pomona/base/json.h"
#include "pomona/image/colour.h"
#include "pomona/job/forecast.h"
#include "pomona/job/local_run.h"
#include "pomona/job/survey.h"
#include "pomona/stats/merge_tree.h"
#include "pomona/store/places.h"

namespace pomona::job {
namespace {

using Json = nlohmann::json;

constexpr int64_t kProgressEvery = 1000;
constexpr int64_t kGuessedComponents = 64;
// Of an image beside its numbers, and of a number in CSV: docs/scale.md has what was
// measured.
constexpr int64_t kListedBytes = 30;
constexpr int64_t kKeyBytes = 30;
constexpr int64_t kCsvNumberBytes = 12;

int64_t CeilDiv(int64_t a, int64_t b) { return (a + b - 1) / b; }

// How many committed files of that ending are below `folder`.
Result<int64_t> CountFiles(store::ByteStore* store, const std::string& folder,
                           const std::string& ending) {
  ARROW_ASSIGN_OR_RAISE(const auto files, store->List(folder));
  return std::count_if(files.begin(), files.end(),
                       [&](const auto& file) { return file.path.ends_with(ending); });
}

// Images a second of the last run in a manifest that extracted any; 0 when none did.
double RateOf(const std::string& runs) {
  const Json json = ParseJson(runs);
  double rate = 0;
  if (!json.is_array()) return rate;
  for (const auto& run : json) {
    if (!run.is_object()) continue;
    const Json seconds = run.value("seconds", Json::object());
    if (!seconds.is_object()) continue;
    const Json images = run.value("images", Json(0));
    const Json extract = seconds.value("extract", Json(0));
    if (!images.is_number() || !extract.is_number()) continue;
    if (images > 0 && extract > 0) rate = images.get<double>() / extract.get<double>();
  }
  return rate;
}

}  // namespace

Status LocalRun::OpenToLook() {
  ARROW_RETURN_NOT_OK(CheckSettings());
  settings_.source.on_retry = retries_.MakeSink();
  ARROW_ASSIGN_OR_RAISE(source_, OpenSurvey(source_uri_, settings_.source));
  on_stop_.emplace(options_.stop, [this] { source_->Cancel(); });
  // What --overwrite would remove is not looked at.
  store_ = store::MakeMemoryStore();
  ARROW_ASSIGN_OR_RAISE(recorder_, EventRecorder::Make(store_.get(), options_.sink));
  retries_.SendTo(recorder_.get());
  if (options_.overwrite) return Status::OK();
  return store::OpenByteStore(destination_uri_, retries_.MakeSink()).Value(&store_);
}

Status LocalRun::CountImages(Forecast* forecast) {
  listing_.emplace(store_.get(), settings_.shard_size, settings_.block_shards);
  ARROW_RETURN_NOT_OK(listing_->Load());
  ARROW_ASSIGN_OR_RAISE(manifest_, ReadManifest(store_.get()));
  const bool listed = !listing_->generations().empty();
  const bool complete = listed && manifest_.complete;
  forecast->state = complete ? "complete" : frozen_.empty() ? "new" : "begun";
  if (listed) ARROW_RETURN_NOT_OK(listing_->CheckSource(source_.get()));
  if (!listed || (complete && !settings_.limit)) {
    const int64_t limit = settings_.limit.value_or(INT64_MAX);
    Listing::Changes changes;
    bool limited = false;
    auto skipped = listing_->Compare(
        source_.get(), store::InsidePrefix(source_uri_, destination_uri_), options_.stop,
        [&](const store::ListedImage& image) -> Status {
          limited = forecast->new_images == limit;
          if (limited) return Status::Cancelled("limit");
          forecast->source_bytes += std::max<int64_t>(0, image.size);
          if (++forecast->new_images % kProgressEvery == 0) {
            recorder_->Emit({"listing_progress", {{"count", forecast->new_images}}});
          }
          return Status::OK();
        },
        &changes);
    if (!skipped.ok() && !limited) return skipped.status();
    if (skipped.ok()) forecast->skipped = *std::move(skipped);
  }
  forecast->images = listing_->images() + forecast->new_images;
  if (forecast->images > 0) return Status::OK();
  return Status::Invalid("no images in ", source_->description());
}

Result<int64_t> LocalRun::FeatureDim() {
  int64_t dim = 0;
  if (const auto hwc = backbone_.output_hwc()) {
    const bool pooled = backbone_.options.pool != model::Pool::kNone;
    dim = pooled ? (*hwc)[2] : (*hwc)[0] * (*hwc)[1] * (*hwc)[2];
    if (plan_.contract.colour) dim += image::kColourColumns;
    ARROW_RETURN_NOT_OK(CheckComponents(dim));
  } else {
    ARROW_RETURN_NOT_OK(MakeEngine());
    dim = RowColumns(extractor_->info(), plan_.contract);
    extractor_.reset();
  }
  return dim;
}

Status LocalRun::CountPieces(const ForecastOptions& how, Forecast* forecast) {
  const bool listed = !listing_->generations().empty();
  const bool grows = forecast->new_images > 0;
  const int64_t new_shards = CeilDiv(forecast->new_images, settings_.shard_size);
  forecast->shards = listing_->shards() + new_shards;
  forecast->blocks = listing_->blocks() + CeilDiv(new_shards, settings_.block_shards);
  forecast->generation =
      listed ? listing_->generations().back().number + (grows ? 1 : 0) : 0;
  // A shard's rejects are committed last; those of a complete run are done for good.
  ARROW_ASSIGN_OR_RAISE(int64_t shards, CountFiles(store_.get(), "rejects", ".parquet"));
  ARROW_ASSIGN_OR_RAISE(int64_t blocks, CountFiles(store_.get(), "moments", ".bin"));
  const std::string reduced = ReducedFolder(forecast->generation);
  ARROW_ASSIGN_OR_RAISE(const int64_t rows,
                        CountFiles(store_.get(), reduced, ".parquet"));
  ARROW_ASSIGN_OR_RAISE(const bool fitted,
                        store_->Exists(ReducerFile(forecast->generation)));
  auto& pieces = forecast->pieces;
  pieces.extract = std::max<int64_t>(0, forecast->shards - shards);
  pieces.moments = std::max<int64_t>(0, forecast->blocks - blocks);
  const int64_t groups = stats::NumMergeGroups(forecast->blocks);
  const bool fits = settings_.reduce && !fitted && !saved_reducer_;
  if (how.on_cluster && fits && groups > 1) pieces.merge = groups;
  if (settings_.reduce) pieces.transform = std::max<int64_t>(0, forecast->shards - rows);
  forecast->images_to_do =
      std::min(forecast->images, pieces.extract * settings_.shard_size);
  return Status::OK();
}

void LocalRun::EstimateBytes(Forecast* forecast) const {
  const int64_t n = forecast->images;
  const int64_t d = forecast->feature_dim;
  auto& bytes = forecast->bytes;
  bytes.listing = n * kListedBytes;
  if (settings_.keep_features) bytes.features = n * (d * 4 + kKeyBytes);
  const int64_t rows = std::min(n, settings_.shard_size * settings_.block_shards);
  bytes.moments =
      forecast->blocks * stats::MostStateBytes(rows, d, settings_.state_options());
  if (!settings_.reduce) return;
  const int64_t k = forecast->components;
  bytes.reducer = (k * d + 2 * d + k) * 8;
  bytes.reduced = n * (k * 4 + kKeyBytes);
  if (settings_.npz) bytes.reduced += n * (k * 4 + kKeyBytes);
  if (settings_.csv) bytes.reduced += n * (k * kCsvNumberBytes + kKeyBytes);
}

Status LocalRun::EstimateTime(const ForecastOptions& how, Forecast* forecast) const {
  if (how.rate > 0) {
    forecast->rate = how.rate;
    forecast->rate_is = "--rate";
  } else {
    std::string runs = manifest_.runs;
    if (!how.rate_from.empty()) {
      ARROW_ASSIGN_OR_RAISE(const auto other, store::OpenByteStore(how.rate_from));
      ARROW_ASSIGN_OR_RAISE(const auto manifest, ReadManifest(other.get()));
      runs = manifest.runs;
    }
    forecast->rate = RateOf(runs);
    const std::string& place = how.rate_from.empty() ? destination_uri_ : how.rate_from;
    if (forecast->rate > 0) forecast->rate_is = "the last run in " + place;
    if (forecast->rate == 0 && !how.rate_from.empty()) {
      return Status::Invalid("--rate ", place,
                             ": no manifest.json there tells of a run "
                             "that computed images. Give images a second, such as "
                             "--rate 100, or another run's destination");
    }
  }
  if (forecast->rate > 0) {
    forecast->hours = static_cast<double>(forecast->images_to_do) / forecast->rate / 3600;
  }
  return Status::OK();
}

Result<Forecast> LocalRun::Foresee(const ForecastOptions& how) {
  Forecast forecast;
  ARROW_RETURN_NOT_OK(OpenToLook());
  ARROW_RETURN_NOT_OK(FreezePlan());
  ARROW_ASSIGN_OR_RAISE(forecast.feature_dim, FeatureDim());
  backbone_.weights.convs = {};
  backbone_.onnx_bytes = {};
  forecast.source = source_->description();
  ARROW_RETURN_NOT_OK(CountImages(&forecast));
  ARROW_RETURN_NOT_OK(CountPieces(how, &forecast));
  if (settings_.reduce) {
    const int64_t most = std::min(forecast.feature_dim, forecast.images);
    forecast.components_guessed = !saved_reducer_ && settings_.fit.variance.has_value();
    forecast.components =
        saved_reducer_
            ? saved_reducer_->k()
            : std::min(most, settings_.fit.components.value_or(kGuessedComponents));
  }
  EstimateBytes(&forecast);
  ARROW_RETURN_NOT_OK(EstimateTime(how, &forecast));
  return forecast;
}

Result<Forecast> Foresee(const std::string& source, const std::string& destination,
                         const Settings& settings, const RunOptions& options,
                         const ForecastOptions& how) {
  return LocalRun(source, destination, settings, options).Foresee(how);
}

}  // namespace pomona::job
