// SPDX-License-Identifier: Apache-2.0
#include <string_view>

#include "pomona/base/hash.h"
#include "pomona/job/layout.h"
#include "pomona/job/local_run.h"
#include "pomona/job/reuse.h"
#include "pomona/job/stages.h"
#include "pomona/store/places.h"

namespace pomona::job {
namespace {

Status RemoveRun(store::ByteStore* store) {
  ARROW_RETURN_NOT_OK(store->Delete(kManifestFile));
  ARROW_RETURN_NOT_OK(store->Delete(kPlanFile));
  for (const char* folder : kRunFolders) ARROW_RETURN_NOT_OK(store->DeleteTree(folder));
  return Status::OK();
}

Status CheckApart(const std::string& source, const std::string& destination) {
  if (!store::SamePlace(source, destination)) return Status::OK();
  return Status::Invalid("--out ", destination,
                         " is the source itself: what is written there would be taken "
                         "for images. Choose a folder of its own, such as ",
                         destination, destination.ends_with('/') ? "" : "/", "pomona");
}

std::string JoinLines(const std::vector<std::string>& lines) {
  std::string text;
  for (const auto& line : lines) text += "\n  " + line;
  return text;
}

}  // namespace

Status LocalRun::CheckSettings() {
  ARROW_RETURN_NOT_OK(settings_.Validate());
  if (!(options_.max_bad >= 0 && options_.max_bad <= 1)) {
    return Status::Invalid("--max-bad is ", options_.max_bad,
                           "; it must be from 0 to 1 (or 0% to 100%)");
  }
  if (options_.threads < 0) return Status::Invalid("--threads must be 1 or more");
  if (!settings_.reducer.empty()) {
    ARROW_ASSIGN_OR_RAISE(saved_reducer_, LoadReducer(settings_.reducer));
    ARROW_RETURN_NOT_OK(AdoptReducerSettings(*saved_reducer_, &settings_));
  }
  return CheckApart(source_uri_, destination_uri_);
}

Status LocalRun::Open() {
  ARROW_RETURN_NOT_OK(CheckSettings());
  settings_.source.on_retry = retries_.MakeSink();
  ARROW_ASSIGN_OR_RAISE(source_, store::OpenImageSource(source_uri_, settings_.source));
  on_stop_.emplace(options_.stop, [this] { source_->Cancel(); });
  ARROW_ASSIGN_OR_RAISE(store_,
                        store::OpenByteStore(destination_uri_, retries_.MakeSink()));
  record_ = BeginRecord(threads_);
  ARROW_ASSIGN_OR_RAISE(lease_,
                        store_->Acquire({record_.host, record_.pid, record_.start}));
  if (options_.overwrite) ARROW_RETURN_NOT_OK(RemoveRun(store_.get()));
  ARROW_ASSIGN_OR_RAISE(recorder_, EventRecorder::Make(store_.get(), options_.sink));
  retries_.SendTo(recorder_.get());
  return Status::OK();
}

Status LocalRun::FreezePlan() {
  ARROW_ASSIGN_OR_RAISE(frozen_, ReadPlan(store_.get()));
  if (frozen_.empty()) ARROW_RETURN_NOT_OK(CheckNoStrayRun());
  ARROW_ASSIGN_OR_RAISE(backbone_, model::LoadBackbone(settings_.backbone));
  std::string reducer_hash;
  if (saved_reducer_) {
    ARROW_ASSIGN_OR_RAISE(const std::string bytes, saved_reducer_->ToSafetensors());
    reducer_hash = HexSha256(bytes);
  }
  ARROW_ASSIGN_OR_RAISE(plan_, MakePlan(settings_, backbone_, reducer_hash, frozen_));
  metadata_ = PlanMetadata(plan_, backbone_);
  report_.random_weights = metadata_["pomona.weights"] == "random weights";
  if (report_.random_weights) {
    Warn(
        "random weights: the network is not trained, its numbers mean nothing by "
        "themselves (--weights imagenet is the trained one)");
  }
  if (saved_reducer_) {
    ARROW_RETURN_NOT_OK(CheckReducerFits(*saved_reducer_, metadata_));
  }
  return frozen_.empty() ? Status::OK() : ObeyFrozenPlan();
}

Status LocalRun::CheckNoStrayRun() {
  for (const char* folder : kRunFolders) {
    if (std::string_view(folder) == "events") continue;
    ARROW_ASSIGN_OR_RAISE(auto files, store_->List(folder));
    if (files.empty()) continue;
    return Status::Invalid(
        store_->uri(), " holds ", files.front().path,
        " but no plan.json: it is no run that could be resumed. Choose "
        "another --out, or start anew with --overwrite");
  }
  return Status::OK();
}

Status LocalRun::ObeyFrozenPlan() {
  ARROW_ASSIGN_OR_RAISE(const auto difference, ComparePlans(frozen_, plan_.json));
  if (!difference.settings.empty()) {
    return Status::Invalid(
        store_->uri(), " was made with other settings:", JoinLines(difference.settings),
        "\nUse these settings, another --out, or --overwrite");
  }
  if (!difference.platform.empty()) {
    if (!options_.allow_other_cpu) {
      return Status::Invalid(
          store_->uri(),
          " was begun on another kind of machine or build, whose numbers "
          "may differ in the last digits:",
          JoinLines(difference.platform),
          "\nGo on there, or accept the difference with --allow-other-cpu");
    }
    Warn("resumed on another kind of machine or build:" + JoinLines(difference.platform));
  }
  plan_.json = frozen_;
  plan_.hash = HexSha256(frozen_);
  metadata_["pomona.plan"] = plan_.hash;
  return Status::OK();
}

}  // namespace pomona::job
