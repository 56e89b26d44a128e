// SPDX-License-Identifier: Apache-2.0
#include "pomona/job/ledger.h"

#include <algorithm>
#include <utility>

#include <arrow/buffer.h>
#include <arrow/util/future.h>

#include "pomona/base/reject.h"
#include "pomona/job/blocks.h"
#include "pomona/job/layout.h"

namespace pomona::job {
namespace {

std::vector<table::RejectRow> Retriable(const std::vector<table::RejectRow>& rejects) {
  std::vector<table::RejectRow> rows;
  std::copy_if(rejects.begin(), rejects.end(), std::back_inserter(rows),
               [](const table::RejectRow& row) {
                 const auto code = ParseRejectCode(row.code);
                 return code && IsRetriable(*code);
               });
  return rows;
}

}  // namespace

Result<std::set<std::string>> FileNames(store::ByteStore* store,
                                        const std::string& folder) {
  ARROW_ASSIGN_OR_RAISE(auto files, store->List(folder));
  std::set<std::string> names;
  for (auto& file : files) names.insert(std::move(file.path));
  return names;
}

Result<Ledger> Ledger::Read(store::ByteStore* store, const Listing& listing,
                            int64_t finished_shards) {
  Ledger ledger;
  ledger.done_.assign(static_cast<size_t>(listing.shards()), false);
  ARROW_ASSIGN_OR_RAISE(const auto features, FileNames(store, "features"));
  ARROW_ASSIGN_OR_RAISE(const auto rejects, FileNames(store, "rejects"));
  for (const auto& generation : listing.generations()) {
    int64_t left = generation.images;
    for (int64_t i = 0; i < generation.shards; ++i) {
      const int64_t shard = generation.first_shard + i;
      const int64_t images = std::min(left, listing.shard_size());
      left -= images;
      if (!rejects.contains(RejectsFile(shard))) continue;
      if (shard >= finished_shards && !features.contains(FeaturesFile(shard))) continue;
      auto rows = table::ReadRejects(store, RejectsFile(shard));
      if (!rows.ok()) return MakeAnew(rows.status());
      ledger.Add(shard, images, *rows);
    }
  }
  return ledger;
}

std::vector<int64_t> Ledger::Pending() const {
  std::vector<int64_t> shards;
  for (size_t i = 0; i < done_.size(); ++i) {
    if (!done_[i]) shards.push_back(static_cast<int64_t>(i));
  }
  return shards;
}

void Ledger::Add(int64_t shard, int64_t images,
                 const std::vector<table::RejectRow>& rejects) {
  done_[static_cast<size_t>(shard)] = true;
  images_ += images;
  rejects_ += static_cast<int64_t>(rejects.size());
  for (const auto& row : rejects) ++by_code_[row.code];
  if (auto rows = Retriable(rejects); !rows.empty()) retriable_[shard] = std::move(rows);
}

void Ledger::Remove(int64_t shard, int64_t images,
                    const std::vector<table::RejectRow>& rejects) {
  done_[static_cast<size_t>(shard)] = false;
  images_ -= images;
  rejects_ -= static_cast<int64_t>(rejects.size());
  for (const auto& row : rejects) {
    if (--by_code_[row.code] == 0) by_code_.erase(row.code);
  }
  retriable_.erase(shard);
}

Result<std::vector<int64_t>> TakeBackCured(store::ByteStore* store,
                                           const Listing& listing,
                                           store::ImageSource* source, Ledger* ledger) {
  std::vector<int64_t> cured;
  for (const auto& [shard, rejects] : ledger->retriable()) {
    std::set<std::string> paths;
    for (const auto& row : rejects) paths.insert(row.path);
    ARROW_ASSIGN_OR_RAISE(const auto images, listing.Shard(shard));
    const bool readable =
        std::any_of(images.begin(), images.end(), [&](const auto& image) {
          return paths.contains(image.path) && source->Read(image).result().ok();
        });
    if (readable) cured.push_back(shard);
  }
  if (cured.empty()) return cured;

  ARROW_RETURN_NOT_OK(store->Delete(kManifestFile));
  const int64_t generation = listing.generations().back().number;
  ARROW_RETURN_NOT_OK(store->DeleteTree(ReducedFolder(generation)));
  ARROW_RETURN_NOT_OK(store->DeleteTree(ReducerFolder(generation)));
  for (const int64_t shard : cured) {
    ARROW_RETURN_NOT_OK(store->Delete(MomentsFile(listing.BlockOf(shard))));
  }
  for (const int64_t shard : cured) {
    ARROW_ASSIGN_OR_RAISE(const auto rejects,
                          table::ReadRejects(store, RejectsFile(shard)));
    ARROW_ASSIGN_OR_RAISE(const auto images, listing.Shard(shard));
    ARROW_RETURN_NOT_OK(store->Delete(RejectsFile(shard)));
    ARROW_RETURN_NOT_OK(store->Delete(FeaturesFile(shard)));
    ledger->Remove(shard, static_cast<int64_t>(images.size()), rejects);
  }
  return cured;
}

}  // namespace pomona::job
