// SPDX-License-Identifier: Apache-2.0
// The pieces of a run as functions of the plan and the files before them, so that any
// process that sees source and destination may compute them, whenever and however often,
// and writes the same files: what job::Run does on one machine, and an executor on a
// cluster.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "pomona/base/status.h"
#include "pomona/engine/feature_extractor.h"
#include "pomona/job/cluster.h"
#include "pomona/job/compute.h"
#include "pomona/job/extract.h"
#include "pomona/job/listing.h"
#include "pomona/job/retry_log.h"
#include "pomona/job/task_spec.h"
#include "pomona/stats/reducer.h"
#include "pomona/store/byte_store.h"
#include "pomona/store/image_source.h"

namespace pomona::job {

// features/part-N and rejects/part-N of a shard, in this order.
Status CommitShard(store::ByteStore* store, int64_t shard, const ShardResult& result,
                   const std::map<std::string, std::string>& metadata);

// The reduced rows of a shard's feature rows, in the formats asked for. Returns the rows.
Result<int64_t> TransformShard(store::ByteStore* store,
                               const stats::Transformer& transformer, int64_t generation,
                               int64_t shard, bool csv, bool npz,
                               const std::map<std::string, std::string>& metadata);

// One process's part in a run that another one coordinates. Used by one thread at a time;
// source, listing, network and reducer are opened once, when they are first needed.
class Tasks {
 public:
  // threads: 1 or more. Invalid, naming this host, the object and the remedy, when
  // the destination or the source is not what the coordinator sees, or CPU or build may
  // not take part.
  static Result<std::unique_ptr<Tasks>> Open(TaskSpec spec, int threads);

  // Computes `pieces` in order; `done` after each commit.
  Status Do(Work work, const std::vector<int64_t>& pieces, const Cluster::Done& done,
            std::stop_token stop);

 private:
  Tasks(TaskSpec spec, int threads);
  Status CheckBuild() const;
  Status CheckDestination() const;
  Status CheckSource();
  Status MakeEngine();
  Status MakeTransformer();
  // What is committed belongs to the run that asked for it: not to one that an
  // --overwrite replaced meanwhile.
  Status CheckPlan() const;
  Status Extract(const std::vector<int64_t>& shards, const Cluster::Done& done,
                 std::stop_token stop);
  Status BuildBlock(int64_t block);
  Status MergeGroup(int64_t group);
  Result<int64_t> Transform(int64_t shard);
  PieceDone Done(int64_t piece, int64_t rows = 0, int64_t rejects = 0);

  const TaskSpec spec_;
  const int threads_;
  const std::string host_;
  const std::string cpu_;
  Compute compute_;
  RetryLog retries_;
  int64_t told_retries_ = 0;
  std::shared_ptr<store::ByteStore> store_;
  std::optional<Listing> listing_;
  std::unique_ptr<store::ImageSource> source_;
  std::unique_ptr<engine::FeatureExtractor> extractor_;
  std::optional<stats::Transformer> transformer_;
};

}  // namespace pomona::job
