// SPDX-License-Identifier: Apache-2.0
// The ledger: which shards of a destination are done and what was rejected, read from the
// files alone, so that whoever resumes sees the same.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "pomona/base/status.h"
#include "pomona/job/listing.h"
#include "pomona/store/byte_store.h"
#include "pomona/store/image_source.h"
#include "pomona/table/tables.h"

namespace pomona::job {

// The committed files below `folder`, as layout.h names them: one listing, where asking
// for each takes a request.
Result<std::set<std::string>> FileNames(store::ByteStore* store,
                                        const std::string& folder);

class Ledger {
 public:
  // Shards below `finished_shards` (those of a complete manifest) count as done without
  // their feature files, which --keep-features no removes.
  static Result<Ledger> Read(store::ByteStore* store, const Listing& listing,
                             int64_t finished_shards);

  bool done(int64_t shard) const { return done_[static_cast<size_t>(shard)]; }
  std::vector<int64_t> Pending() const;
  // Done shards with rejects that another try may cure, and those rejects.
  const std::map<int64_t, std::vector<table::RejectRow>>& retriable() const {
    return retriable_;
  }

  // More shards, none of them done.
  void Grow(int64_t shards) { done_.resize(static_cast<size_t>(shards), false); }

  // Notes a shard that was just committed, or takes its results back.
  void Add(int64_t shard, int64_t images, const std::vector<table::RejectRow>& rejects);
  void Remove(int64_t shard, int64_t images,
              const std::vector<table::RejectRow>& rejects);

  int64_t images() const { return images_; }  // of done shards
  int64_t rejects() const { return rejects_; }
  const std::map<std::string, int64_t>& rejects_by_code() const { return by_code_; }

 private:
  std::vector<bool> done_;
  int64_t images_ = 0;
  int64_t rejects_ = 0;
  std::map<std::string, int64_t> by_code_;
  std::map<int64_t, std::vector<table::RejectRow>> retriable_;
};

// Tries the images of retriable rejects again. Where one can be read now, its shard's
// files and everything that was computed from them are removed (what depends first, so
// that a kill in the middle leaves a resumable destination). Returns the shards taken
// back.
Result<std::vector<int64_t>> TakeBackCured(store::ByteStore* store,
                                           const Listing& listing,
                                           store::ImageSource* source, Ledger* ledger);

}  // namespace pomona::job
