// SPDX-License-Identifier: Apache-2.0
#include <mutex>
#include <vector>

#include "pomona/job/layout.h"
#include "pomona/job/local_run.h"
#include "pomona/job/stages.h"
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
    ARROW_RETURN_NOT_OK(InCompute([&] { return FitMerged(); }));
    ARROW_RETURN_NOT_OK(SaveReducer(reducer_, store_.get(), folder));
  }
  report_.components = reducer_.k();
  report_.feature_dim = reducer_.dim;
  report_.explained_variance = ExplainedVariance(reducer_);
  recorder_->Emit({"fit_done",
                   {{"components", report_.components},
                    {"explained", report_.explained_variance},
                    {"seconds", SecondsSince(start)},
                    {"method", reducer_.method}}});
  return Status::OK();
}

Result<stats::Reducer> LocalRun::LoadOwnReducer(const std::string& file) const {
  auto reducer = LoadReducerFile(store_.get(), file);
  if (!reducer.ok()) return MakeAnew(reducer.status());
  return reducer;
}

Status LocalRun::FitMerged() {
  ARROW_ASSIGN_OR_RAISE(auto moments, MergeBlocks(store_.get(), listing_->blocks()));
  ARROW_ASSIGN_OR_RAISE(reducer_, stats::FitReducer(moments, settings_.fit));
  reducer_.metadata.insert(metadata_.begin(), metadata_.end());
  return Status::OK();
}

Status LocalRun::Transform() {
  ARROW_ASSIGN_OR_RAISE(const auto transformer, stats::Transformer::Make(reducer_));
  std::vector<int64_t> todo;
  for (int64_t shard = 0; shard < listing_->shards(); ++shard) {
    ARROW_ASSIGN_OR_RAISE(const bool done, store_->Exists(ReducedFile(report_.generation,
                                                                      shard, "parquet")));
    if (done) continue;
    ARROW_ASSIGN_OR_RAISE(const bool features, store_->Exists(FeaturesFile(shard)));
    if (features) {
      todo.push_back(shard);
    } else {
      ++untransformed_;
    }
  }
  std::mutex mutex;
  Status first_error;
  std::atomic<int64_t> finished{listing_->shards() - static_cast<int64_t>(todo.size())};
  InCompute([&] {
    stats::internal::ParallelFor(static_cast<int64_t>(todo.size()), [&](int64_t i) {
      Status status = options_.stop.stop_requested()
                          ? Stopped()
                          : TransformShard(transformer, todo[static_cast<size_t>(i)]);
      std::lock_guard lock(mutex);
      if (!status.ok() && first_error.ok()) first_error = status;
      recorder_->Emit(
          {"transform_progress", {{"done", ++finished}, {"total", listing_->shards()}}});
    });
    return true;
  });
  return first_error;
}

Status LocalRun::TransformShard(const stats::Transformer& transformer, int64_t shard) {
  TransformOptions options;
  options.csv = settings_.csv;
  options.npz = settings_.npz;
  const auto rows = TransformFile(
      transformer, store_.get(), FeaturesFile(shard), store_.get(),
      [&](const char* ending) { return ReducedFile(report_.generation, shard, ending); },
      options, metadata_);
  return MakeAnew(rows.status());
}

}  // namespace pomona::job
