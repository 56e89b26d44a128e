// SPDX-License-Identifier: Apache-2.0
// Blocks: the unit of fitted state. A block's moments follow from its shards' feature
// rows in order, whether the rows come straight from the extract stage or from files.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "pomona/base/status.h"
#include "pomona/job/listing.h"
#include "pomona/stats/fit_state.h"
#include "pomona/store/byte_store.h"
#include "pomona/table/tables.h"

namespace pomona::job {

// Accumulates shards in rising order and commits each block when it is whole. Shards that
// are not handed in are read from their feature files. One thread.
class BlockBuilder {
 public:
  // `committed` is called after each commit; it may be empty.
  BlockBuilder(store::ByteStore* store, const Listing* listing,
               const stats::StateOptions& options,
               std::function<void(int64_t block)> committed);

  // The rows of `shard`, already committed as a file.
  Status Add(int64_t shard, const table::FeatureTable& features);
  // Commits the block in progress, reading what is missing of it.
  Status Finish();
  // Builds `block` from feature files alone.
  Status Build(int64_t block);

 private:
  Status Start(int64_t block);
  Status ReadUpTo(int64_t shard);
  Status Update(const table::FeatureTable& features);

  store::ByteStore* store_;
  const Listing* listing_;
  stats::StateOptions options_;
  std::function<void(int64_t)> committed_;
  std::optional<stats::FitState> state_;
  int64_t block_ = -1;
  int64_t next_shard_ = 0;
};

// `status` of reading a file of the destination; with the remedy where it is damaged.
Status MakeAnew(const Status& status);

// The state of one block's file. Errors name the file.
Result<stats::FitState> ReadState(store::ByteStore* store, const std::string& path);

// The states of blocks 0 .. count-1 merged in the fixed tree.
Result<stats::FitState> MergeBlocks(store::ByteStore* store, int64_t count);
// Of one of their groups (stats::MergeGroup).
Result<stats::FitState> MergeBlockGroup(store::ByteStore* store, int64_t group,
                                        int64_t count);

}  // namespace pomona::job
