// SPDX-License-Identifier: Apache-2.0
#include "pomona/job/blocks.h"

#include <string>
#include <string_view>
#include <utility>

#include <arrow/buffer.h>

#include "pomona/job/layout.h"
#include "pomona/stats/merge_tree.h"

namespace pomona::job {

Status MakeAnew(const Status& status) {
  if (!status.IsInvalid()) return status;  // not damaged: missing, or forbidden
  return status.WithMessage(status.message(),
                            ". Remove the file; the same command makes it anew");
}

BlockBuilder::BlockBuilder(store::ByteStore* store, const Listing* listing,
                           const stats::StateOptions& options,
                           std::function<void(int64_t)> committed)
    : store_(store),
      listing_(listing),
      options_(options),
      committed_(std::move(committed)) {}

Status BlockBuilder::Start(int64_t block) {
  block_ = block;
  next_shard_ = listing_->BlockShards(block).first;
  state_.reset();
  return Status::OK();
}

Status BlockBuilder::Update(const table::FeatureTable& features) {
  if (!state_) {
    ARROW_ASSIGN_OR_RAISE(state_, stats::FitState::Make(features.dim, options_));
  }
  if (features.dim != state_->dim()) {
    return Status::Invalid("rows of ", features.dim, " numbers, those before them have ",
                           state_->dim());
  }
  return state_->Update(features.rows.data(), static_cast<int64_t>(features.keys.size()));
}

Status BlockBuilder::ReadUpTo(int64_t shard) {
  for (; next_shard_ < shard; ++next_shard_) {
    auto features = table::ReadFeatures(store_, FeaturesFile(next_shard_));
    if (!features.ok()) return MakeAnew(features.status());
    const Status status = Update(*features);
    if (!status.ok()) {
      return MakeAnew(
          status.WithMessage(FeaturesFile(next_shard_), ": ", status.message()));
    }
  }
  return Status::OK();
}

Status BlockBuilder::Add(int64_t shard, const table::FeatureTable& features) {
  const int64_t block = listing_->BlockOf(shard);
  if (block != block_) {
    ARROW_RETURN_NOT_OK(Finish());
    ARROW_RETURN_NOT_OK(Start(block));
  }
  ARROW_RETURN_NOT_OK(ReadUpTo(shard));
  ARROW_RETURN_NOT_OK(Update(features));
  next_shard_ = shard + 1;
  return next_shard_ == listing_->BlockShards(block).second ? Finish() : Status::OK();
}

Status BlockBuilder::Finish() {
  if (block_ < 0) return Status::OK();
  ARROW_RETURN_NOT_OK(ReadUpTo(listing_->BlockShards(block_).second));
  ARROW_RETURN_NOT_OK(state_->Flush());
  ARROW_ASSIGN_OR_RAISE(const std::string bytes, state_->Serialize());
  ARROW_RETURN_NOT_OK(store_->Put(MomentsFile(block_), bytes));
  if (committed_) committed_(block_);
  state_.reset();
  block_ = -1;
  return Status::OK();
}

Status BlockBuilder::Build(int64_t block) {
  ARROW_RETURN_NOT_OK(Finish());
  ARROW_RETURN_NOT_OK(Start(block));
  return Finish();
}

Result<stats::FitState> ReadState(store::ByteStore* store, const std::string& path) {
  ARROW_ASSIGN_OR_RAISE(auto buffer, store->Read(path));
  // As wide as the run's rows, whatever they are: VGG16 at 224 x 224 gives 25,088.
  auto state = stats::FitState::Deserialize(std::string_view(*buffer), stats::kMaxDim);
  if (!state.ok()) {
    return MakeAnew(state.status().WithMessage(path, ": ", state.status().message()));
  }
  return state;
}

Result<stats::FitState> MergeBlocks(store::ByteStore* store, int64_t count) {
  return stats::MergeTree(
      count, [&](int64_t block) { return ReadState(store, MomentsFile(block)); });
}

Result<stats::FitState> MergeBlockGroup(store::ByteStore* store, int64_t group,
                                        int64_t count) {
  return stats::MergeGroup(
      group, count, [&](int64_t block) { return ReadState(store, MomentsFile(block)); });
}

}  // namespace pomona::job
