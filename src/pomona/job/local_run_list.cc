// SPDX-License-Identifier: Apache-2.0
#include "pomona/job/layout.h"
#include "pomona/job/local_run.h"
#include "pomona/store/places.h"

namespace pomona::job {

Status LocalRun::List() {
  listing_.emplace(store_.get(), settings_.shard_size, settings_.block_shards);
  ARROW_RETURN_NOT_OK(listing_->Load());
  ARROW_ASSIGN_OR_RAISE(manifest_, ReadManifest(store_.get()));
  const std::string inside = store::InsidePrefix(source_uri_, destination_uri_);
  if (listing_->generations().empty()) {
    ARROW_RETURN_NOT_OK(Explain(CreateListing(inside)));
  } else {
    ARROW_RETURN_NOT_OK(listing_->CheckSource(source_.get()));
    if (manifest_.complete) ARROW_RETURN_NOT_OK(ExtendListing(inside));
  }
  report_.images = listing_->images();
  report_.generation = listing_->generations().back().number;
  if (listed_images_ < 0) ListingDone(*listing_);
  return ReadLedger();
}

void LocalRun::ListingDone(const Listing& listing) {
  // Each generation's walk counts the whole source: the last count is the true one.
  int64_t skipped = 0;
  for (const auto& [reason, count] : listing.generations().back().skipped) {
    skipped += count;
  }
  listed_images_ = listing.images();
  recorder_->Emit({"listing_done", {{"images", listing.images()}, {"skipped", skipped}}});
}

Status LocalRun::CreateListing(const std::string& inside) {
  if (frozen_.empty()) ARROW_RETURN_NOT_OK(store_->Put(kPlanFile, plan_.json));
  const Status status = UsesImagesWhileListing()
                            ? ListAndExtract(inside)
                            : listing_->Create(source_.get(), settings_, inside,
                                               recorder_.get(), options_.stop);
  if (status.ok() || !frozen_.empty() || status.IsCancelled()) return status;
  // Where nothing was listed, leave no plan that would bind the next try.
  ARROW_ASSIGN_OR_RAISE(const auto listed, store_->List("listing"));
  if (listed.empty()) ARROW_RETURN_NOT_OK(store_->Delete(kPlanFile));
  return status;
}

Status LocalRun::Explain(const Status& status) {
  if (status.ok() || status.IsCancelled() || !status.message().starts_with("no images")) {
    return status;
  }
  return status.WithMessage(source_->description(), ": ", status.message());
}

Status LocalRun::ExtendListing(const std::string& inside) {
  if (settings_.limit) return Status::OK();
  ARROW_ASSIGN_OR_RAISE(
      const auto changes,
      listing_->Extend(source_.get(), settings_, inside, recorder_.get(), options_.stop));
  if (changes.changed > 0) {
    Warn(std::to_string(changes.changed) +
         " images changed in the source since they were used; their rows are of the old "
         "ones. --overwrite makes everything anew");
  }
  if (changes.added > 0 && !settings_.keep_features) {
    Warn(
        "earlier features were removed (--keep-features no): the scaler and PCA are "
        "fitted on all images, the new reduced rows are of the new images alone");
  }
  return Status::OK();
}

Status LocalRun::ReadLedger() {
  const bool current =
      manifest_.complete && manifest_.generation == listing_->generations().back().number;
  const int64_t finished = manifest_.complete ? manifest_.shards : 0;
  ARROW_ASSIGN_OR_RAISE(ledger_, Ledger::Read(store_.get(), *listing_, finished));
  ARROW_ASSIGN_OR_RAISE(const auto cured,
                        TakeBackCured(store_.get(), *listing_, source_.get(), &*ledger_));
  if (!cured.empty()) {
    Warn(std::to_string(cured.size()) +
         (cured.size() == 1 ? " shard is" : " shards are") +
         " computed again: images that could not be read now can");
    // The manifest is gone: shards whose features were not kept are to do again too.
    ARROW_ASSIGN_OR_RAISE(ledger_, Ledger::Read(store_.get(), *listing_, 0));
  }
  if (!current || !cured.empty() || !ledger_->Pending().empty()) return Status::OK();
  if (!settings_.reduce) {
    report_.nothing_to_do = true;
    return Status::OK();
  }
  // One that was found damaged and removed is made again.
  return store_->Exists(ReducerFile(report_.generation)).Value(&report_.nothing_to_do);
}

}  // namespace pomona::job
