// SPDX-License-Identifier: Apache-2.0
// The parts of job::Run, stage by stage; internal to this folder. run.h is the contract.
// Its pieces are computed here, by the functions of tasks.h, or on a cluster by the same.
#pragma once

#include <algorithm>
#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "pomona/base/clock.h"
#include "pomona/base/status.h"
#include "pomona/job/blocks.h"
#include "pomona/job/cluster.h"
#include "pomona/job/compute.h"
#include "pomona/job/extract.h"
#include "pomona/job/forecast.h"
#include "pomona/job/layout.h"
#include "pomona/job/ledger.h"
#include "pomona/job/listing.h"
#include "pomona/job/manifest.h"
#include "pomona/job/plan.h"
#include "pomona/job/recorder.h"
#include "pomona/job/retry_log.h"
#include "pomona/job/run.h"
#include "pomona/job/settings.h"
#include "pomona/job/task_spec.h"
#include "pomona/model/backbone.h"
#include "pomona/stats/reducer.h"
#include "pomona/store/byte_store.h"
#include "pomona/store/image_source.h"

namespace pomona::job {

// Files that belong to a run. A run's folders, in the order in which --overwrite empties
// them.
inline constexpr const char* kRunFolders[] = {"reduced",  "reducer",   "moments",
                                              "features", "rejects",   "listing",
                                              "events",   kMergeFolder};

// One call of job::Run. Used once, by one thread.
class LocalRun {
 public:
  LocalRun(const std::string& source, const std::string& destination, Settings settings,
           const RunOptions& options)
      : source_uri_(source),
        destination_uri_(destination),
        settings_(std::move(settings)),
        options_(options),
        threads_(options.threads > 0 ? options.threads
                                     : static_cast<int>(std::max(
                                           1U, std::thread::hardware_concurrency()))),
        compute_(threads_) {}

  ~LocalRun() { retries_.SendTo(nullptr); }
  LocalRun(const LocalRun&) = delete;
  LocalRun& operator=(const LocalRun&) = delete;

  Result<RunReport> Run();
  // Instead of Run: what it would do.
  Result<Forecast> Foresee(const ForecastOptions& how);

 private:
  Status Stages();
  template <typename Stage>
  Status Timed(const char* name, Stage stage) {
    if (options_.stop.stop_requested()) return Stopped();
    const auto start = Clock::now();
    const Status status = stage();
    record_.seconds[name] += SecondsSince(start);
    return status;
  }
  static Status Stopped();

  // --- before anything is computed (local_run_open.cc)
  Status Open();
  // The part that settings alone decide.
  Status CheckSettings();
  Status FreezePlan();
  // Files of a run whose plan is gone could be taken for this run's own.
  Status CheckNoStrayRun();
  Status ObeyFrozenPlan();

  // --- listing and ledger (local_run_list.cc)
  Status List();
  Status CreateListing(const std::string& inside);
  // Tells that the listing is whole. On the thread that lists.
  void ListingDone(const Listing& listing);
  // Adds where the listing looked to its errors.
  Status Explain(const Status& status);
  Status ExtendListing(const std::string& inside);
  Status ReadLedger();

  // --- the first listing, its images already being used (local_run_overlap.cc)
  // Where the source and the engine of the run can.
  bool UsesImagesWhileListing() const;
  Status ListAndExtract(const std::string& inside);
  // Extracts what is pending of the first `shards` shards: whole blocks.
  Status ExtractListed(int64_t shards, std::stop_token stop);

  // --- extraction and moments (local_run_extract.cc)
  // Makes the engine unless it is made. Before a new destination has a plan, so that a
  // network or a k that cannot work does not bind the next try.
  Status MakeEngine();
  Status Extract();
  // k is checked as soon as the number of columns is known, before hours of work.
  Status CheckComponents(int64_t feature_dim);
  void BeginExtract();
  Status ExtractHere(const std::vector<int64_t>& pending, std::stop_token stop);
  Status ShardDone(int64_t shard, ShardResult result, BlockBuilder* blocks);
  // A shard that was committed, here or elsewhere.
  void Account(int64_t shard, int64_t rows, const std::vector<table::RejectRow>& rejects);
  void EmitReject(const table::RejectRow& row);
  void BlockCommitted(int64_t block);
  void Progress(int64_t images, int64_t rejects);
  Status CheckMaxBad(bool at_end);
  std::string RejectSummary() const;
  // Blocks whose shards are done but which were not committed before a kill.
  Status CompleteBlocks();
  Status BuildBlocksHere(const std::vector<int64_t>& blocks);

  // --- scaler and PCA (local_run_reduce.cc)
  Status Fit();
  Status FitMerged(const stats::FitState& state);
  // The destination's own; errors say how to make it anew.
  Result<stats::Reducer> LoadOwnReducer(const std::string& file) const;
  Status Transform();
  Status TransformHere(const std::vector<int64_t>& shards);
  void TransformProgress(int64_t done);

  // --- the same on a cluster (local_run_cluster.cc)
  Result<TaskSpec> MakeTaskSpec() const;
  // A path of the first shard that can be read, or "".
  Result<std::string> KnownImage() const;
  Status OnCluster(Work work, const std::vector<int64_t>& pieces,
                   const Cluster::Done& done);
  Status TookPart(const PieceDone& done);
  Status ExtractOnCluster(const std::vector<int64_t>& pending);
  Status BuildBlocksOnCluster(const std::vector<int64_t>& blocks);
  // Where there are several groups of blocks; one group is merged faster than sent.
  bool MergesOnCluster() const;
  Result<stats::FitState> MergeOnCluster();
  Status TransformOnCluster(const std::vector<int64_t>& shards);

  // --- a forecast: nothing is written (local_run_foresee.cc)
  Status OpenToLook();
  Status CountImages(Forecast* forecast);
  Result<int64_t> FeatureDim();
  Status CountPieces(const ForecastOptions& how, Forecast* forecast);
  void EstimateBytes(Forecast* forecast) const;
  Status EstimateTime(const ForecastOptions& how, Forecast* forecast) const;

  // --- the end (run.cc)
  Status Finish();
  Status FinishNothing();
  Status RemoveUnkeptFeatures();
  void CountInto(RunReport* report);
  void Warn(const std::string& message);

  const std::string source_uri_;
  const std::string destination_uri_;
  Settings settings_;
  const RunOptions& options_;
  const int threads_;
  Compute compute_;
  RetryLog retries_;
  std::unique_ptr<store::ImageSource> source_;
  // Ends what waits for a server that is away.
  std::optional<std::stop_callback<std::function<void()>>> on_stop_;
  std::shared_ptr<store::ByteStore> store_;
  std::unique_ptr<store::Lease> lease_;
  std::unique_ptr<EventRecorder> recorder_;
  model::Backbone backbone_;
  std::unique_ptr<engine::FeatureExtractor> extractor_;
  std::string frozen_;
  Plan plan_;
  std::map<std::string, std::string> metadata_;
  std::optional<Listing> listing_;
  std::optional<Ledger> ledger_;
  ManifestState manifest_;
  std::optional<stats::Reducer> saved_reducer_;
  stats::Reducer reducer_;
  RunRecord record_;
  RunReport report_;
  int64_t reject_events_ = 0;
  int64_t untransformed_ = 0;
  // Of the whole listing, or -1 while it goes on beside the extraction.
  std::atomic<int64_t> listed_images_ = -1;
  bool extract_begun_ = false;
  int64_t extract_base_ = 0;  // images of shards that were done before this call
  int64_t stage_base_ = 0;    // before the extract stage that runs now
  Clock::time_point started_;
  Clock::time_point extract_start_;
  Clock::time_point last_progress_;
};

}  // namespace pomona::job
