// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <numeric>

#include <arrow/buffer.h>
#include <arrow/util/future.h>

#include "pomona/job/layout.h"
#include "pomona/job/local_run.h"
#include "pomona/stats/merge_tree.h"
#include "pomona/table/tables.h"

namespace pomona::job {
namespace {

std::string AbsoluteFile(const std::string& name,
                         std::initializer_list<const char*> words) {
  const bool word = std::find(words.begin(), words.end(), name) != words.end();
  return word ? name : AbsolutePlace(name);
}

}  // namespace

Result<std::string> LocalRun::KnownImage() const {
  constexpr size_t kTries = 16;
  ARROW_ASSIGN_OR_RAISE(const auto images, listing_->Shard(0));
  for (size_t i = 0; i < std::min(kTries, images.size()); ++i) {
    if (images[i].valid_name && source_->Read(images[i]).result().ok()) {
      return images[i].path;
    }
  }
  return std::string();
}

Result<TaskSpec> LocalRun::MakeTaskSpec() const {
  TaskSpec spec;
  spec.run = record_.id;
  spec.plan = plan_.json;
  spec.source = AbsolutePlace(source_uri_);
  spec.destination = AbsolutePlace(destination_uri_);
  spec.label_from = settings_.source.label_from;
  spec.all_files = settings_.source.all_files;
  spec.image_column = settings_.source.image_column;
  spec.max_pixels = settings_.max_pixels;
  spec.contract = plan_.contract;
  spec.backbone = backbone_.options;
  spec.backbone.model = model::IsNamedModel(spec.backbone.model)
                            ? spec.backbone.model
                            : AbsoluteFile(spec.backbone.model, {});
  spec.backbone.weights = AbsoluteFile(spec.backbone.weights, {"imagenet", "none"});
  spec.engine = plan_.engine;
  spec.shard_size = settings_.shard_size;
  spec.block_shards = settings_.block_shards;
  spec.generation = report_.generation;
  spec.state = settings_.state_options();
  spec.csv = settings_.csv;
  spec.npz = settings_.npz;
  spec.metadata = metadata_;
  spec.require_same_cpu = options_.require_same_cpu;
  spec.any_build = options_.allow_other_cpu;
  ARROW_ASSIGN_OR_RAISE(spec.known_image, KnownImage());
  return spec;
}

Status LocalRun::OnCluster(Work work, const std::vector<int64_t>& pieces,
                           const Cluster::Done& done) {
  record_.engine = options_.cluster->name();
  ARROW_ASSIGN_OR_RAISE(const TaskSpec spec, MakeTaskSpec());
  return options_.cluster->Compute(
      work, spec, pieces,
      [&](const PieceDone& piece) -> Status {
        ARROW_RETURN_NOT_OK(TookPart(piece));
        return done(piece);
      },
      options_.stop);
}

Status LocalRun::TookPart(const PieceDone& done) {
  retries_.Add(done.s3_retries, done.host);
  for (auto& worker : record_.workers) {
    if (worker.host != done.host || worker.cpu != done.cpu) continue;
    ++worker.pieces;
    return Status::OK();
  }
  const bool told =
      std::any_of(record_.workers.begin(), record_.workers.end(),
                  [&](const WorkerRecord& worker) { return worker.cpu == done.cpu; });
  record_.workers.push_back({done.host, done.cpu, 1});
  ARROW_ASSIGN_OR_RAISE(const std::string cpu, PlanCpu(plan_.json));
  if (!told && done.cpu != cpu) {
    Warn("workers of another kind of CPU took part (" + done.cpu + " on " + done.host +
         "; the plan's is " + cpu +
         "): their numbers may differ in the last digits. --require-same-cpu refuses "
         "them");
  }
  return Status::OK();
}

Status LocalRun::ExtractOnCluster(const std::vector<int64_t>& pending) {
  extractor_.reset();  // it was made to check the network
  const int64_t rejects_before = ledger_->rejects();
  return OnCluster(Work::kExtract, pending, [&](const PieceDone& done) -> Status {
    std::vector<table::RejectRow> rejects;
    if (done.rejects > 0) {
      ARROW_ASSIGN_OR_RAISE(rejects,
                            table::ReadRejects(store_.get(), RejectsFile(done.piece)));
    }
    Account(done.piece, done.rows, rejects);
    Progress(ledger_->images() - extract_base_, ledger_->rejects() - rejects_before);
    return CheckMaxBad(false);
  });
}

Status LocalRun::BuildBlocksOnCluster(const std::vector<int64_t>& blocks) {
  return OnCluster(Work::kMoments, blocks, [&](const PieceDone& done) {
    BlockCommitted(done.piece);
    return Status::OK();
  });
}

bool LocalRun::MergesOnCluster() const {
  return options_.cluster != nullptr && stats::NumMergeGroups(listing_->blocks()) > 1;
}

Result<stats::FitState> LocalRun::MergeOnCluster() {
  const int64_t count = stats::NumMergeGroups(listing_->blocks());
  std::vector<int64_t> groups(static_cast<size_t>(count));
  std::iota(groups.begin(), groups.end(), 0);
  const std::string open = MergeOpenFile(record_.id);
  ARROW_RETURN_NOT_OK(store_->Put(open, "wanted\n"));
  ARROW_RETURN_NOT_OK(
      OnCluster(Work::kMerge, groups, [](const PieceDone&) { return Status::OK(); }));
  ARROW_RETURN_NOT_OK(store_->Delete(open));
  return compute_.Run([&] {
    return stats::MergeGroups(count, [&](int64_t group) {
      return ReadState(store_.get(), MergedFile(record_.id, group));
    });
  });
}

Status LocalRun::TransformOnCluster(const std::vector<int64_t>& shards) {
  int64_t finished = listing_->shards() - static_cast<int64_t>(shards.size());
  return OnCluster(Work::kTransform, shards, [&](const PieceDone&) {
    TransformProgress(++finished);
    return Status::OK();
  });
}

}  // namespace pomona::job
