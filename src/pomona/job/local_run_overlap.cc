// SPDX-License-Identifier: Apache-2.0
// A bucket of a million names takes minutes to list. Parts of the listing are frozen as
// they are written (a killed run goes on behind them), so that their images can be used
// at once: shards, blocks and bytes are those of a run that lists first (decision 0010).
#include <condition_variable>
#include <mutex>
#include <thread>

#include "pomona/job/local_run.h"

namespace pomona::job {
namespace {

// What the listing's thread tells.
class ListingWatch {
 public:
  void Listed(int64_t shards) {
    const std::lock_guard lock(mutex_);
    shards_ = shards;
    changed_.notify_all();
  }
  void End(Status status) {
    const std::lock_guard lock(mutex_);
    status_ = std::move(status);
    changed_.notify_all();
  }
  // Waits for a whole block more than `known` shards, a multiple of `step`; nullopt when
  // the listing has ended.
  std::optional<int64_t> WaitForMore(int64_t known, int64_t step) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return status_ || shards_ / step * step > known; });
    if (status_) return std::nullopt;
    return shards_ / step * step;
  }
  // After the end.
  Status status() {
    const std::lock_guard lock(mutex_);
    return *status_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int64_t shards_ = 0;
  std::optional<Status> status_;
};

}  // namespace

bool LocalRun::UsesImagesWhileListing() const {
  return options_.cluster == nullptr && source_->reads_while_listing();
}

Status LocalRun::ListAndExtract(const std::string& inside) {
  ListingWatch watch;
  std::stop_source list;     // stops the listing: by the user, or when extracting fails
  std::stop_source extract;  // stops extracting: by the user, or when the listing fails
  const std::stop_callback user(options_.stop, [&] {
    list.request_stop();
    extract.request_stop();
  });
  Listing created(store_.get(), settings_.shard_size, settings_.block_shards);
  std::thread thread([&] {
    Status status =
        created.Create(source_.get(), settings_, inside, recorder_.get(),
                       list.get_token(), [&](int64_t shards) { watch.Listed(shards); });
    if (status.ok()) {
      ListingDone(created);
    } else {
      extract.request_stop();
    }
    watch.End(std::move(status));
  });
  double seconds = 0;
  Status extracted;
  int64_t shards = 0;
  while (extracted.ok()) {
    const auto more = watch.WaitForMore(shards, settings_.block_shards);
    if (!more) break;
    shards = *more;
    const auto start = Clock::now();
    extracted = ExtractListed(shards, extract.get_token());
    seconds += SecondsSince(start);
  }
  if (!extracted.ok()) list.request_stop();
  thread.join();
  record_.seconds["extract"] += seconds;
  record_.seconds["listing"] -= seconds;  // Timed adds the whole
  const Status listed = watch.status();
  // What failed first made the other stop.
  if (!extracted.ok() && !extracted.IsCancelled()) return extracted;
  if (!listed.ok()) return listed;
  ARROW_RETURN_NOT_OK(extracted);
  return listing_->Load();
}

Status LocalRun::ExtractListed(int64_t shards, std::stop_token stop) {
  const bool first = !ledger_;
  listing_->Provide(shards);
  if (first) {
    ARROW_ASSIGN_OR_RAISE(ledger_, Ledger::Read(store_.get(), *listing_, 0));
  } else {
    ledger_->Grow(shards);
  }
  const auto pending = ledger_->Pending();
  if (pending.empty()) return Status::OK();
  ARROW_RETURN_NOT_OK(MakeEngine());
  BeginExtract();
  return ExtractHere(pending, std::move(stop));
}

}  // namespace pomona::job
