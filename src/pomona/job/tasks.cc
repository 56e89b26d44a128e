// SPDX-License-Identifier: Apache-2.0
#include "pomona/job/tasks.h"

#include <algorithm>
#include <utility>

#include <arrow/buffer.h>
#include <arrow/util/future.h>

#include "pomona/job/blocks.h"
#include "pomona/job/layout.h"
#include "pomona/job/manifest.h"
#include "pomona/job/plan.h"
#include "pomona/job/stages.h"
#include "pomona/model/backbone.h"
#include "pomona/table/tables.h"

namespace pomona::job {

std::string_view WorkName(Work work) {
  constexpr std::string_view kNames[] = {"extract", "moments", "merge", "transform"};
  return kNames[static_cast<size_t>(work)];
}

std::optional<Work> ParseWork(std::string_view name) {
  for (const Work work :
       {Work::kExtract, Work::kMoments, Work::kMerge, Work::kTransform}) {
    if (name == WorkName(work)) return work;
  }
  return std::nullopt;
}

Status CommitShard(store::ByteStore* store, int64_t shard, const ShardResult& result,
                   const std::map<std::string, std::string>& metadata) {
  auto of_rows = metadata;
  if (result.parts.size() > 1) of_rows[kPartsKey] = PartsText(result.parts);
  ARROW_RETURN_NOT_OK(
      table::WriteFeatures(store, FeaturesFile(shard), result.features, of_rows));
  return table::WriteRejects(store, RejectsFile(shard), result.rejects, metadata);
}

Result<int64_t> TransformShard(store::ByteStore* store,
                               const stats::Transformer& transformer, int64_t generation,
                               int64_t shard, bool csv, bool npz,
                               const std::map<std::string, std::string>& metadata) {
  TransformOptions options;
  options.csv = csv;
  options.npz = npz;
  auto rows = TransformFile(
      transformer, store, FeaturesFile(shard), store,
      [&](const char* ending) { return ReducedFile(generation, shard, ending); }, options,
      metadata);
  if (!rows.ok()) return MakeAnew(rows.status());
  return rows;
}

Tasks::Tasks(TaskSpec spec, int threads)
    : spec_(std::move(spec)),
      threads_(threads),
      host_(HostName()),
      cpu_(DetectCpu().ToString()),
      compute_(threads) {}

Result<std::unique_ptr<Tasks>> Tasks::Open(TaskSpec spec, int threads) {
  auto tasks = std::unique_ptr<Tasks>(new Tasks(std::move(spec), std::max(1, threads)));
  ARROW_RETURN_NOT_OK(tasks->CheckBuild());
  ARROW_ASSIGN_OR_RAISE(tasks->store_, store::OpenByteStore(tasks->spec_.destination,
                                                            tasks->retries_.MakeSink()));
  ARROW_RETURN_NOT_OK(tasks->CheckDestination());
  tasks->listing_.emplace(tasks->store_.get(), tasks->spec_.shard_size,
                          tasks->spec_.block_shards);
  ARROW_RETURN_NOT_OK(tasks->listing_->Load());
  return tasks;
}

Status Tasks::CheckBuild() const {
  ARROW_ASSIGN_OR_RAISE(const auto lines, PlatformDifference(spec_.plan));
  for (const auto& line : lines) {
    const bool cpu = line.starts_with("cpu:");
    if (cpu && spec_.require_same_cpu) {
      return Status::Invalid("worker ", host_,
                             " has another kind of CPU than the plan: ", line,
                             ". Take workers of one kind, or run without "
                             "--require-same-cpu");
    }
    if (!cpu && !spec_.any_build) {
      return Status::Invalid("worker ", host_, " has another build of Pomona: ", line,
                             ". Install the driver's wheel on every worker");
    }
  }
  return Status::OK();
}

Status Tasks::CheckDestination() const {
  ARROW_ASSIGN_OR_RAISE(const bool seen, store_->Exists(kPlanFile));
  if (seen) return CheckPlan();
  return Status::Invalid(
      "worker ", host_, " cannot see the destination ", spec_.destination,
      IsLocalPlace(spec_.destination)
          ? ": a folder of the driver's machine. Name one that every machine has at the "
            "same path (a shared file system), or s3://bucket/prefix"
          : ": the run's plan.json is not there for it. Check the worker's credentials "
            "and end point");
}

Status Tasks::CheckPlan() const {
  ARROW_ASSIGN_OR_RAISE(const std::string plan, ReadPlan(store_.get()));
  if (plan == spec_.plan) return Status::OK();
  return Status::Invalid(spec_.destination, " was begun anew by another run");
}

Status Tasks::CheckSource() {
  if (source_) return Status::OK();
  const auto unseen = [&](const std::string& why) {
    return Status::Invalid(
        "worker ", host_, " cannot see the source ", spec_.source, " (", why, ")",
        IsLocalPlace(spec_.source)
            ? ": a place on the driver's machine. Name one that every machine has at the "
              "same path (a shared file system), or s3://bucket/prefix"
            : ". Check the worker's credentials and end point");
  };
  auto options = spec_.source_options();
  options.on_retry = retries_.MakeSink();
  auto source = store::OpenImageSource(spec_.source, options);
  if (!source.ok()) return unseen(source.status().message());
  if (!spec_.known_image.empty()) {
    ARROW_ASSIGN_OR_RAISE(const auto images, listing_->Shard(0));
    for (const auto& image : images) {
      if (image.path != spec_.known_image) continue;
      const auto bytes = (*source)->Read(image).result();
      if (!bytes.ok()) return unseen(image.path + ": " + bytes.status().message());
    }
  }
  source_ = *std::move(source);
  return Status::OK();
}

Status Tasks::MakeEngine() {
  if (extractor_) return Status::OK();
  const engine::ChoiceText planned = {
      std::string(engine::PrecisionName(spec_.engine.precision)),
      std::string(engine::BackendName(spec_.engine.backend))};
  // Whether the backend has the network, the driver has seen.
  const auto able = engine::ResolveChoice(planned, "", DetectCpu());
  if (!able.ok()) {
    return Status::Invalid("worker ", host_, ": ", able.status().message(),
                           " (the plan was made for ", planned.precision, ")");
  }
  auto backbone = model::LoadBackbone(spec_.backbone);
  if (!backbone.ok()) {
    return backbone.status().WithMessage("worker ", host_, ": ",
                                         backbone.status().message());
  }
  const auto wanted = spec_.metadata.find("pomona.network");
  if (wanted == spec_.metadata.end() || wanted->second != NetworkText(*backbone)) {
    return Status::Invalid("worker ", host_, " has another network than the driver: ",
                           NetworkText(*backbone),
                           ". The file must be the same on every machine");
  }
  engine::ExtractorOptions options;
  options.precision = spec_.engine.precision;
  options.backend = spec_.engine.backend;
  options.threads = threads_;
  ARROW_ASSIGN_OR_RAISE(extractor_, engine::MakeFeatureExtractor(*backbone, options));
  return Status::OK();
}

Status Tasks::MakeTransformer() {
  if (transformer_) return Status::OK();
  ARROW_ASSIGN_OR_RAISE(const auto reducer,
                        LoadReducerFile(store_.get(), ReducerFile(spec_.generation)));
  ARROW_ASSIGN_OR_RAISE(transformer_, stats::Transformer::Make(reducer));
  return Status::OK();
}

Status Tasks::Do(Work work, const std::vector<int64_t>& pieces, const Cluster::Done& done,
                 std::stop_token stop) {
  if (work == Work::kExtract) return Extract(pieces, done, stop);
  extractor_.reset();  // its memory is free for the moments
  for (const int64_t piece : pieces) {
    if (stop.stop_requested()) return Status::Cancelled("stopped");
    ARROW_RETURN_NOT_OK(CheckPlan());
    int64_t rows = 0;
    if (work == Work::kMoments) ARROW_RETURN_NOT_OK(BuildBlock(piece));
    if (work == Work::kMerge) ARROW_RETURN_NOT_OK(MergeGroup(piece));
    if (work == Work::kTransform) {
      ARROW_ASSIGN_OR_RAISE(rows, Transform(piece));
    }
    ARROW_RETURN_NOT_OK(done(Done(piece, rows)));
  }
  return Status::OK();
}

Status Tasks::Extract(const std::vector<int64_t>& shards, const Cluster::Done& done,
                      std::stop_token stop) {
  ARROW_RETURN_NOT_OK(CheckSource());
  ARROW_RETURN_NOT_OK(MakeEngine());
  ExtractContext context;
  context.source = source_.get();
  context.extractor = extractor_.get();
  context.contract = spec_.contract;
  context.max_pixels = spec_.max_pixels;
  context.threads = threads_;
  const int64_t dim = RowColumns(extractor_->info(), spec_.contract);
  return ExtractShards(
      context, shards, [&](int64_t shard) { return listing_->Shard(shard); },
      [&](int64_t shard, ShardResult result) -> Status {
        result.features.dim = dim;
        ARROW_RETURN_NOT_OK(CheckPlan());
        ARROW_RETURN_NOT_OK(compute_.Run(
            [&] { return CommitShard(store_.get(), shard, result, spec_.metadata); }));
        return done(Done(shard, result.features.CountPictures(),
                         static_cast<int64_t>(result.rejects.size())));
      },
      nullptr, stop);
}

Status Tasks::BuildBlock(int64_t block) {
  return compute_.Run([&] {
    return BlockBuilder(store_.get(), &*listing_, spec_.state, nullptr).Build(block);
  });
}

Status Tasks::MergeGroup(int64_t group) {
  return compute_.Run([&]() -> Status {
    ARROW_ASSIGN_OR_RAISE(const auto moments,
                          MergeBlockGroup(store_.get(), group, listing_->blocks()));
    ARROW_ASSIGN_OR_RAISE(const std::string bytes, moments.Serialize());
    // A copy that is late leaves nothing behind: the merge is over when this is gone.
    ARROW_ASSIGN_OR_RAISE(const bool open, store_->Exists(MergeOpenFile(spec_.run)));
    if (!open) return Status::Cancelled("the merge is over");
    return store_->Put(MergedFile(spec_.run, group), bytes);
  });
}

Result<int64_t> Tasks::Transform(int64_t shard) {
  ARROW_RETURN_NOT_OK(MakeTransformer());
  return compute_.Run([&] {
    return TransformShard(store_.get(), *transformer_, spec_.generation, shard, spec_.csv,
                          spec_.npz, spec_.metadata);
  });
}

PieceDone Tasks::Done(int64_t piece, int64_t rows, int64_t rejects) {
  const int64_t before = std::exchange(told_retries_, retries_.count());
  return {piece, rows, rejects, host_, cpu_, told_retries_ - before};
}

}  // namespace pomona::job
