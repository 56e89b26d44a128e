// SPDX-License-Identifier: Apache-2.0
#include "pomona/job/run.h"

#include "pomona/job/layout.h"
#include "pomona/job/local_run.h"
#include "pomona/job/stages.h"

namespace pomona::job {

Result<RunReport> LocalRun::Run() {
  ARROW_RETURN_NOT_OK(Open());
  Status status = Stages();
  if (status.IsCancelled()) status = Stopped();
  if (!status.ok()) {
    recorder_->Emit({status.IsCancelled() ? "run_stopped" : "run_failed",
                     {{"message", status.message()}}});
    // A call that failed before there was a plan leaves nothing behind.
    if (store_->Exists(kPlanFile).ValueOr(false)) {
      recorder_->FlushIfOlder(std::chrono::seconds(0));
    }
    return status;
  }
  return report_;
}

Status LocalRun::Stages() {
  started_ = Clock::now();
  recorder_->Emit({"run_started",
                   {{"id", record_.id},
                    {"source", source_->description()},
                    {"destination", store_->uri()},
                    {"host", record_.host},
                    {"pid", record_.pid}}});
  ARROW_RETURN_NOT_OK(Timed("plan", [&] { return FreezePlan(); }));
  if (frozen_.empty()) ARROW_RETURN_NOT_OK(Timed("engine", [&] { return MakeEngine(); }));
  ARROW_RETURN_NOT_OK(Timed("listing", [&] { return List(); }));
  if (report_.nothing_to_do) return FinishNothing();
  ARROW_RETURN_NOT_OK(Timed("extract", [&] { return Extract(); }));
  ARROW_RETURN_NOT_OK(Timed("moments", [&] { return CompleteBlocks(); }));
  ARROW_RETURN_NOT_OK(CheckMaxBad(true));
  if (settings_.reduce) {
    ARROW_RETURN_NOT_OK(Timed("fit", [&] { return Fit(); }));
    ARROW_RETURN_NOT_OK(Timed("transform", [&] { return Transform(); }));
  }
  return Finish();
}

Status LocalRun::Stopped() {
  return Status::Cancelled("stopped; the same command goes on from here");
}

Status LocalRun::Finish() {
  EndRecord(&record_);
  CountInto(&report_);
  ManifestContent content;
  content.source = source_->uri();
  content.weights = WeightsKindName(backbone_);
  content.precision = engine::PrecisionName(plan_.engine.precision);
  content.plan_hash = plan_.hash;
  content.reduced = settings_.reduce;
  content.features_kept = settings_.keep_features;
  content.untransformed_shards = untransformed_;
  content.generations = listing_->generations();
  record_.seconds["total"] = SecondsSince(started_);
  content.record = record_;
  recorder_->Emit({"run_done",
                   {{"images", report_.images},
                    {"rows", report_.rows},
                    {"rejects", report_.reject_count()},
                    {"s3_retries", retries_.count()},
                    {"seconds", record_.seconds["total"]}}});
  recorder_->FlushIfOlder(std::chrono::seconds(0));
  // Also what a killed run left of a merge on a cluster.
  ARROW_RETURN_NOT_OK(store_->DeleteTree(kMergeFolder));
  ARROW_RETURN_NOT_OK(WriteManifest(store_.get(), content, manifest_.runs, &report_));
  return RemoveUnkeptFeatures();
}

Status LocalRun::FinishNothing() {
  CountInto(&report_);
  report_.manifest = manifest_.text;
  if (settings_.reduce) {
    ARROW_ASSIGN_OR_RAISE(reducer_, LoadOwnReducer(ReducerFile(report_.generation)));
    report_.components = reducer_.k();
    report_.feature_dim = reducer_.dim;
    report_.explained_variance = ExplainedVariance(reducer_);
  }
  return RemoveUnkeptFeatures();
}

Status LocalRun::RemoveUnkeptFeatures() {
  return settings_.keep_features ? Status::OK() : store_->DeleteTree("features");
}

void LocalRun::CountInto(RunReport* report) {
  report->rejects = ledger_->rejects_by_code();
  report->rows = ledger_->images() - ledger_->rejects();
  report->seconds = SecondsSince(started_);
}

void LocalRun::Warn(const std::string& message) {
  report_.warnings.push_back(message);
  recorder_->Warn(message);
}

Result<RunReport> Run(const std::string& source, const std::string& destination,
                      const Settings& settings, const RunOptions& options) {
  return LocalRun(source, destination, settings, options).Run();
}

}  // namespace pomona::job
