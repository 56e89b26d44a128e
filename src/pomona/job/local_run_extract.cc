// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cstdio>
#include <utility>

#include "pomona/engine/feature_extractor.h"
#include "pomona/job/layout.h"
#include "pomona/job/ledger.h"
#include "pomona/job/local_run.h"
#include "pomona/job/tasks.h"
#include "pomona/table/tables.h"

namespace pomona::job {
namespace {

// From this many images on, the share of rejects is looked at.
constexpr int64_t kEnoughForMaxBad = 200;
constexpr int64_t kRejectEvents = 100;

std::string PercentText(double share) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.6g %%", share * 100);
  return text.data();
}

}  // namespace

Status LocalRun::MakeEngine() {
  if (extractor_) return Status::OK();
  const auto compile = Clock::now();
  engine::ExtractorOptions engine_options;
  engine_options.precision = plan_.engine.precision;
  engine_options.backend = plan_.engine.backend;
  engine_options.threads = threads_;
  ARROW_ASSIGN_OR_RAISE(extractor_,
                        engine::MakeFeatureExtractor(backbone_, engine_options));
  backbone_.weights.convs.clear();  // the engine has its own copy
  backbone_.onnx_bytes.shrink_to_fit();
  recorder_->Emit(
      {"model_ready",
       {{"backend", extractor_->info().backend},
        {"precision", std::string(engine::PrecisionName(plan_.engine.precision))},
        {"seconds", SecondsSince(compile)}}});
  return CheckComponents(RowColumns(extractor_->info(), plan_.contract));
}

Status LocalRun::Extract() {
  const auto pending = ledger_->Pending();
  const bool here = options_.cluster == nullptr;
  ARROW_RETURN_NOT_OK(pending.empty() || !here ? Status::OK() : MakeEngine());
  Status status;
  if (!pending.empty()) {
    BeginExtract();
    status = here ? ExtractHere(pending, options_.stop) : ExtractOnCluster(pending);
  }
  extractor_.reset();  // its memory is free for the fit
  if (!extract_begun_) return status;
  record_.images = ledger_->images() - extract_base_;
  report_.images_per_second =
      static_cast<double>(record_.images) / SecondsSince(extract_start_);
  return status.IsCancelled() ? Stopped() : status;
}

void LocalRun::BeginExtract() {
  stage_base_ = ledger_->images();
  if (std::exchange(extract_begun_, true)) return;
  extract_start_ = Clock::now();
  extract_base_ = stage_base_;
}

Status LocalRun::ExtractHere(const std::vector<int64_t>& pending, std::stop_token stop) {
  ExtractContext context;
  context.source = source_.get();
  context.extractor = extractor_.get();
  context.contract = plan_.contract;
  context.max_pixels = settings_.max_pixels;
  context.threads = threads_;
  BlockBuilder blocks(store_.get(), &*listing_, settings_.state_options(),
                      [&](int64_t block) { BlockCommitted(block); });
  ARROW_RETURN_NOT_OK(ExtractShards(
      context, pending, [&](int64_t shard) { return listing_->Shard(shard); },
      [&](int64_t shard, ShardResult result) {
        return compute_.Run([&] { return ShardDone(shard, std::move(result), &blocks); });
      },
      [&](int64_t images, int64_t rejects) { Progress(images, rejects); },
      std::move(stop)));
  return compute_.Run([&] { return blocks.Finish(); });
}

Status LocalRun::CheckComponents(int64_t feature_dim) {
  report_.feature_dim = feature_dim;
  if (!settings_.reduce) return Status::OK();
  if (!saved_reducer_) return settings_.fit.Validate(feature_dim);
  if (saved_reducer_->dim == feature_dim) return Status::OK();
  return Status::Invalid("the reducer needs rows of ", saved_reducer_->dim,
                         " numbers, the network gives ", feature_dim);
}

Status LocalRun::ShardDone(int64_t shard, ShardResult result, BlockBuilder* blocks) {
  result.features.dim = report_.feature_dim;
  ARROW_RETURN_NOT_OK(CommitShard(store_.get(), shard, result, metadata_));
  Account(shard, result.features.CountPictures(), result.rejects);
  ARROW_RETURN_NOT_OK(blocks->Add(shard, result.features));
  return CheckMaxBad(false);
}

void LocalRun::Account(int64_t shard, int64_t rows,
                       const std::vector<table::RejectRow>& rejects) {
  const auto bad = static_cast<int64_t>(rejects.size());
  for (const auto& row : rejects) EmitReject(row);
  ledger_->Add(shard, rows + bad, rejects);
  recorder_->Emit({"shard_done", {{"shard", shard}, {"rows", rows}, {"rejects", bad}}});
  recorder_->FlushIfOlder(std::chrono::seconds(30));
}

void LocalRun::EmitReject(const table::RejectRow& row) {
  if (reject_events_++ >= kRejectEvents) return;
  recorder_->Emit({"reject",
                   {{"path", row.path},
                    {"stage", row.stage},
                    {"code", row.code},
                    {"message", row.message}}});
}

void LocalRun::BlockCommitted(int64_t block) {
  recorder_->Emit({"block_done", {{"block", block}, {"blocks", listing_->blocks()}}});
}

void LocalRun::Progress(int64_t images, int64_t rejects) {
  const auto now = Clock::now();
  const int64_t done = stage_base_ + images;
  const int64_t all = listed_images_;
  const bool last = done == all;
  if (!last && now - last_progress_ < std::chrono::milliseconds(200)) return;
  last_progress_ = now;
  const double rate =
      static_cast<double>(done - extract_base_) / SecondsSince(extract_start_);
  recorder_->Emit({"extract_progress",
                   {{"done", done},
                    {"total", all < 0 ? listing_->images() : all},
                    {"rejects", rejects},
                    {"rate", rate}}});
}

Status LocalRun::CheckMaxBad(bool at_end) {
  const int64_t images = ledger_->images();
  const int64_t bad = ledger_->rejects();
  if (at_end && bad == images) {
    return Status::Invalid("none of the ", images,
                           " images could be used: ", RejectSummary(),
                           ". See rejects/ in ", store_->uri());
  }
  if (!at_end && images < kEnoughForMaxBad) return Status::OK();
  const double share = static_cast<double>(bad) / static_cast<double>(images);
  if (share <= options_.max_bad) return Status::OK();
  return Status::Invalid(
      bad, " of ", images, " images could not be used (", RejectSummary(),
      "), more than --max-bad ", PercentText(options_.max_bad),
      ". What was computed is kept. See rejects/ in ", store_->uri(),
      "; run the same command with a larger --max-bad to go on without them, or mend "
      "the source and start anew with --overwrite");
}

std::string LocalRun::RejectSummary() const {
  std::string text;
  for (const auto& [code, count] : ledger_->rejects_by_code()) {
    text += (text.empty() ? "" : ", ") + std::to_string(count) + " " + code;
  }
  return text;
}

Status LocalRun::CompleteBlocks() {
  std::vector<int64_t> missing;
  ARROW_ASSIGN_OR_RAISE(const auto there, FileNames(store_.get(), "moments"));
  for (int64_t block = 0; block < listing_->blocks(); ++block) {
    if (!there.contains(MomentsFile(block))) missing.push_back(block);
  }
  if (missing.empty()) return Status::OK();
  return options_.cluster == nullptr ? BuildBlocksHere(missing)
                                     : BuildBlocksOnCluster(missing);
}

Status LocalRun::BuildBlocksHere(const std::vector<int64_t>& blocks) {
  BlockBuilder builder(store_.get(), &*listing_, settings_.state_options(),
                       [&](int64_t block) { BlockCommitted(block); });
  for (const int64_t block : blocks) {
    if (options_.stop.stop_requested()) return Stopped();
    ARROW_RETURN_NOT_OK(compute_.Run([&] { return builder.Build(block); }));
  }
  return Status::OK();
}

}  // namespace pomona::job
