// SPDX-License-Identifier: Apache-2.0
// Generations of a listing. The first run lists the source; an extension lists what is
// new into the next generation. Shards and blocks are numbered on across generations, and
// each generation begins a new shard and a new block, so that old files never change.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "pomona/base/status.h"
#include "pomona/job/recorder.h"
#include "pomona/job/settings.h"
#include "pomona/store/byte_store.h"
#include "pomona/store/image_source.h"

namespace pomona::job {

// What listing/gen-N/listing.json holds, and what follows from it.
struct Generation {
  int64_t number = 0;
  int64_t images = 0;
  std::string sha256;  // of paths, sizes, times, labels in order
  store::SkippedCounts skipped;
  int64_t first_shard = 0, shards = 0;
  int64_t first_block = 0, blocks = 0;
  int64_t part_shards = 0;  // of a file in listing/gen-N
};

// The complete listings of a destination and their geometry.
class Listing {
 public:
  Listing(store::ByteStore* store, int64_t shard_size, int64_t block_shards);

  // Reads every listing.json. Invalid, naming the file, when one is damaged.
  Status Load();
  const std::vector<Generation>& generations() const { return generations_; }
  int64_t images() const;
  int64_t shards() const;
  int64_t blocks() const;
  int64_t shard_size() const { return shard_size_; }

  // The images of one shard, in order.
  Result<std::vector<store::ListedImage>> Shard(int64_t shard) const;
  // The shards of one block: [first, last).
  std::pair<int64_t, int64_t> BlockShards(int64_t block) const;
  int64_t BlockOf(int64_t shard) const;

  // Told how many shards, from the first, are listed for good: a killed run's listing
  // goes on behind them. On the listing's thread.
  using ShardsListed = std::function<void(int64_t shards)>;

  // Lists `source` as the first generation, going on after the parts that a killed run
  // left. `exclude` is a path prefix below the source to pass over (the destination), or
  // "". `listed` may be empty.
  Status Create(store::ImageSource* source, const Settings& settings,
                const std::string& exclude, EventRecorder* recorder, std::stop_token stop,
                const ShardsListed& listed = {});
  // While another Listing is being created at the same store: as if the first generation
  // were its first `shards` shards, all of them full.
  void Provide(int64_t shards);

  struct Changes {
    int64_t added = 0, changed = 0, vanished = 0;
  };
  // Compares the source with all generations and calls `fresh` for each image that is in
  // none; what the walk passed over. Writes nothing.
  Result<store::SkippedCounts> Compare(
      store::ImageSource* source, const std::string& exclude, std::stop_token stop,
      const std::function<Status(store::ListedImage)>& fresh, Changes* changes) const;
  // Compares the source with all generations; when there are new images, writes the next
  // generation. Also finishes a generation that a killed run began.
  Result<Changes> Extend(store::ImageSource* source, const Settings& settings,
                         const std::string& exclude, EventRecorder* recorder,
                         std::stop_token stop);

  // Invalid when none of the first listed images is in `source`: it is another source.
  Status CheckSource(store::ImageSource* source) const;

 private:
  class Cursor;
  using Visit = std::function<Status(store::ListedImage)>;
  // Always the whole source, also when a killed run left parts: what was passed over is
  // counted, and an extension compares what changed.
  using Walk = std::function<Result<store::SkippedCounts>(Visit)>;
  Status Write(const Walk& walk, const Settings& settings, EventRecorder* recorder,
               const ShardsListed& listed);
  void Add(Generation generation);
  const Generation& Containing(int64_t shard) const;

  store::ByteStore* store_;
  int64_t shard_size_;
  int64_t block_shards_;
  std::vector<Generation> generations_;
};

}  // namespace pomona::job
