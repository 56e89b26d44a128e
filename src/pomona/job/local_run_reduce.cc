// SPDX-License-Identifier: Apache-2.0
#include <mutex>
#include <vector>

#include "pomona/job/layout.h"
#include "pomona/job/ledger.h"
#include "pomona/job/local_run.h"
#include "pomona/job/stages.h"
#include "pomona/job/tasks.h"
#include "pomona/stats/parallel.h"

namespace pomona::job {

Status LocalRun::Fit() {
  const std::string folder = ReducerFolder(report_.generation);
  const std::string file = ReducerFile(report_.generation);
  const auto start = Clock::now();
  ARROW_ASSIGN_OR_RAISE(const bool exists, store_->Exists(file));
  if (exists) {
    ARROW_ASSIGN_OR_RAISE(reducer_, LoadOwnReducer(file));
  } else if (saved_reducer_) {
    reducer_ = *saved_reducer_;
    ARROW_RETURN_NOT_OK(SaveReducer(reducer_, store_.get(), folder));
  } else {
    ARROW_ASSIGN_OR_RAISE(const auto state,
                          MergesOnCluster() ? MergeOnCluster() : compute_.Run([&] {
                            return MergeBlocks(store_.get(), listing_->blocks());
                          }));
    ARROW_RETURN_NOT_OK(compute_.Run([&] { return FitMerged(state); }));
    ARROW_RETURN_NOT_OK(SaveReducer(reducer_, store_.get(), folder));
  }
  report_.components = reducer_.k();
  report_.feature_dim = reducer_.dim;
  report_.explained_variance = ExplainedVariance(reducer_);
  recorder_->Emit({"fit_done",
                   {{"components", report_.components},
                    {"explained", report_.explained_variance},
                    {"seconds", SecondsSince(start)},
                    {"method", reducer_.method},
                    {"missed", reducer_.sketch ? reducer_.sketch->missed : 0.0}}});
  return Status::OK();
}

Result<stats::Reducer> LocalRun::LoadOwnReducer(const std::string& file) const {
  auto reducer = LoadReducerFile(store_.get(), file);
  if (!reducer.ok()) return MakeAnew(reducer.status());
  return reducer;
}

Status LocalRun::FitMerged(const stats::FitState& state) {
  ARROW_ASSIGN_OR_RAISE(reducer_, stats::FitReducer(state, settings_.fit));
  reducer_.metadata.insert(metadata_.begin(), metadata_.end());
  return Status::OK();
}

Status LocalRun::Transform() {
  std::vector<int64_t> todo;
  ARROW_ASSIGN_OR_RAISE(const auto reduced,
                        FileNames(store_.get(), ReducedFolder(report_.generation)));
  ARROW_ASSIGN_OR_RAISE(const auto features, FileNames(store_.get(), "features"));
  for (int64_t shard = 0; shard < listing_->shards(); ++shard) {
    if (reduced.contains(ReducedFile(report_.generation, shard, "parquet"))) continue;
    if (features.contains(FeaturesFile(shard))) {
      todo.push_back(shard);
    } else {
      ++untransformed_;
    }
  }
  if (todo.empty()) return Status::OK();
  return options_.cluster == nullptr ? TransformHere(todo) : TransformOnCluster(todo);
}

Status LocalRun::TransformHere(const std::vector<int64_t>& shards) {
  ARROW_ASSIGN_OR_RAISE(const auto transformer, stats::Transformer::Make(reducer_));
  const auto one = [&](int64_t shard) -> Status {
    if (options_.stop.stop_requested()) return Stopped();
    return TransformShard(store_.get(), transformer, report_.generation, shard,
                          settings_.csv, settings_.npz, metadata_)
        .status();
  };
  const auto count = static_cast<int64_t>(shards.size());
  std::mutex mutex;
  Status first_error;
  int64_t finished = listing_->shards() - count;
  compute_.Run([&] {
    stats::internal::ParallelFor(count, [&](int64_t i) {
      const Status status = one(shards[static_cast<size_t>(i)]);
      std::lock_guard lock(mutex);
      if (!status.ok() && first_error.ok()) first_error = status;
      TransformProgress(++finished);
    });
    return true;
  });
  return first_error;
}

void LocalRun::TransformProgress(int64_t done) {
  recorder_->Emit(
      {"transform_progress", {{"done", done}, {"total", listing_->shards()}}});
}

}  // namespace pomona::job
