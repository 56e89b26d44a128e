// SPDX-License-Identifier: Apache-2.0
#include "pomona/job/listing.h"

#include <algorithm>
#include <set>
#include <utility>

#include <arrow/buffer.h>
#include <nlohmann/json.hpp>

#include "pomona/base/hash.h"
#include "pomona/base/json.h"
#include "pomona/job/layout.h"
#include "pomona/table/tables.h"

namespace pomona::job {
namespace {

using Json = nlohmann::json;
using store::ListedImage;

// Shards of a part of the listing. A part is written when it is full, and its images can
// be used from then on: with few, a large bucket's first shards begin early.
constexpr int64_t kPartShards = 8;
constexpr int64_t kOldPartShards = 64;  // of listings that do not say
constexpr int64_t kProgressEvery = 1000;

int64_t CeilDiv(int64_t a, int64_t b) { return (a + b - 1) / b; }

void HashImage(const ListedImage& image, Sha256* sha) {
  sha->Update(image.path);
  sha->Update(std::string_view("\0", 1));
  sha->Update(std::to_string(image.size) + "," + std::to_string(image.mtime_ns) + "," +
              std::to_string(image.locator) + (image.valid_name ? "," : ",!,"));
  sha->Update(image.label ? "=" + *image.label : std::string());
  if (image.etag) sha->Update("#" + *image.etag);
  sha->Update(std::string_view("\0", 1));
}

// Files of a generation: memory for what they can hold may be taken.
Result<int64_t> CountParts(store::ByteStore* store, int64_t number) {
  ARROW_ASSIGN_OR_RAISE(const auto parts,
                        table::ListingParts(store, ListingFolder(number)));
  return static_cast<int64_t>(parts.size());
}

Result<Generation> ParseSummary(store::ByteStore* store, int64_t number,
                                int64_t shard_size) {
  const std::string path = ListingSummary(number);
  ARROW_ASSIGN_OR_RAISE(auto buffer, store->Read(path));
  const Json json = ParseJson(std::string_view(*buffer));
  const auto bad = [&](const char* what) {
    return Status::Invalid(store->uri(), "/", path, " is damaged: ", what,
                           ". Remove the destination, or start anew with --overwrite");
  };
  if (!json.is_object()) return bad("not a JSON object");
  Generation generation;
  generation.number = number;
  if (!json.value("images", Json()).is_number_integer()) return bad("no number 'images'");
  generation.images = json["images"];
  if (generation.images < 1) return bad("'images' is below 1");
  if (!json.value("sha256", Json()).is_string()) return bad("no text 'sha256'");
  const Json part_shards = json.value("part_shards", Json(kOldPartShards));
  if (!part_shards.is_number_integer() || part_shards < 1 || part_shards > 4096) {
    return bad("'part_shards' is not a number from 1 to 4,096");
  }
  generation.part_shards = part_shards;
  ARROW_ASSIGN_OR_RAISE(const int64_t parts, CountParts(store, number));
  if (generation.images > parts * generation.part_shards * shard_size) {
    return bad("more 'images' than the parts beside it hold");
  }
  generation.sha256 = json["sha256"];
  if (const auto skipped = json.find("skipped"); skipped != json.end()) {
    for (const auto& [reason, count] : skipped->items()) {
      if (count.is_number_integer()) generation.skipped[reason] = count;
    }
  }
  return generation;
}

// Parts that a killed run wrote of a source that has become smaller since.
Status RemovePartsFrom(store::ByteStore* store, const std::string& folder,
                       int64_t count) {
  ARROW_ASSIGN_OR_RAISE(const auto parts, table::ListingParts(store, folder));
  for (size_t part = static_cast<size_t>(count); part < parts.size(); ++part) {
    ARROW_RETURN_NOT_OK(store->Delete(parts[part]));
  }
  return Status::OK();
}

// "3 .txt, 1 hidden".
std::string Describe(const store::SkippedCounts& skipped) {
  std::string text;
  for (const auto& [reason, count] : skipped) {
    text += (text.empty() ? "" : ", ") + std::to_string(count) + " " + reason;
  }
  return text;
}

}  // namespace

// Reads one generation in order, a shard at a time.
class Listing::Cursor {
 public:
  Cursor(const Listing* listing, const Generation& generation)
      : listing_(listing),
        next_shard_(generation.first_shard),
        end_shard_(generation.first_shard + generation.shards) {}

  // The entry of that path, or null; moves past all smaller ones. Paths must rise.
  Result<const ListedImage*> Find(const std::string& path) {
    while (true) {
      while (position_ < images_.size() && images_[position_].path < path) ++position_;
      if (position_ < images_.size()) {
        if (images_[position_].path != path) return nullptr;
        ++found_;
        return &images_[position_];
      }
      if (next_shard_ == end_shard_) return nullptr;
      ARROW_ASSIGN_OR_RAISE(images_, listing_->Shard(next_shard_++));
      position_ = 0;
    }
  }
  int64_t found() const { return found_; }

 private:
  const Listing* listing_;
  int64_t next_shard_;
  int64_t end_shard_;
  std::vector<ListedImage> images_;
  size_t position_ = 0;
  int64_t found_ = 0;
};

Listing::Listing(store::ByteStore* store, int64_t shard_size, int64_t block_shards)
    : store_(store), shard_size_(shard_size), block_shards_(block_shards) {}

Status Listing::Load() {
  generations_.clear();
  for (int64_t number = 0;; ++number) {
    ARROW_ASSIGN_OR_RAISE(const bool exists, store_->Exists(ListingSummary(number)));
    if (!exists) return Status::OK();
    ARROW_ASSIGN_OR_RAISE(auto generation, ParseSummary(store_, number, shard_size_));
    Add(std::move(generation));
  }
}

void Listing::Add(Generation generation) {
  generation.first_shard = shards();
  generation.first_block = blocks();
  generation.shards = CeilDiv(generation.images, shard_size_);
  generation.blocks = CeilDiv(generation.shards, block_shards_);
  generations_.push_back(std::move(generation));
}

void Listing::Provide(int64_t shards) {
  generations_.clear();
  Generation generation;
  generation.images = shards * shard_size_;
  generation.part_shards = kPartShards;
  Add(std::move(generation));
}

int64_t Listing::images() const {
  int64_t sum = 0;
  for (const auto& generation : generations_) sum += generation.images;
  return sum;
}

int64_t Listing::shards() const {
  return generations_.empty()
             ? 0
             : generations_.back().first_shard + generations_.back().shards;
}

int64_t Listing::blocks() const {
  return generations_.empty()
             ? 0
             : generations_.back().first_block + generations_.back().blocks;
}

const Generation& Listing::Containing(int64_t shard) const {
  auto after = std::upper_bound(
      generations_.begin(), generations_.end(), shard,
      [](int64_t value, const Generation& g) { return value < g.first_shard; });
  return *std::prev(after);
}

Result<std::vector<ListedImage>> Listing::Shard(int64_t shard) const {
  const Generation& generation = Containing(shard);
  auto images =
      table::ReadListingShard(store_, ListingFolder(generation.number),
                              shard - generation.first_shard, generation.part_shards);
  if (images.ok()) return images;
  return images.status().WithMessage(store_->uri(), ": ", images.status().message(),
                                     ". Start anew with --overwrite");
}

std::pair<int64_t, int64_t> Listing::BlockShards(int64_t block) const {
  auto after = std::upper_bound(
      generations_.begin(), generations_.end(), block,
      [](int64_t value, const Generation& g) { return value < g.first_block; });
  const Generation& generation = *std::prev(after);
  const int64_t first =
      generation.first_shard + (block - generation.first_block) * block_shards_;
  return {first,
          std::min(first + block_shards_, generation.first_shard + generation.shards)};
}

int64_t Listing::BlockOf(int64_t shard) const {
  const Generation& generation = Containing(shard);
  return generation.first_block + (shard - generation.first_shard) / block_shards_;
}

Status Listing::Write(const Walk& walk, const Settings& settings, EventRecorder* recorder,
                      const ShardsListed& listed) {
  const auto number = static_cast<int64_t>(generations_.size());
  const std::string folder = ListingFolder(number);
  const int64_t part_rows = shard_size_ * kPartShards;

  // What a killed run left: full parts stay, a last short one is written over. It is not
  // removed before: a run that slipped past the lease may be writing the same files.
  std::string after;
  std::string last;
  int64_t rows = 0;
  ARROW_RETURN_NOT_OK(table::ScanListing(store_, folder, [&](const ListedImage& image) {
    last = image.path;
    if (++rows % part_rows == 0) after = last;
    return Status::OK();
  }));
  rows -= rows % part_rows;

  table::ListingWriter writer(store_, folder, shard_size_, kPartShards);
  if (rows > 0) ARROW_RETURN_NOT_OK(writer.Resume(rows / part_rows));
  if (rows > 0 && listed) listed(rows / shard_size_);
  const int64_t limit = settings.limit.value_or(INT64_MAX);
  store::SkippedCounts skipped;
  bool limited = false;
  auto walked = walk([&](ListedImage image) -> Status {
    if (image.path <= after) return Status::OK();
    limited = rows == limit;
    if (limited) return Status::Cancelled("limit");
    if (++rows % kProgressEvery == 0) {
      recorder->Emit({"listing_progress", {{"count", rows}}});
    }
    ARROW_RETURN_NOT_OK(writer.Append(std::move(image)));
    if (rows % part_rows == 0 && listed) listed(rows / shard_size_);
    return Status::OK();
  });
  if (!walked.ok() && !limited) return walked.status();
  if (walked.ok()) skipped = *walked;
  if (rows == 0) {
    if (number > 0) return Status::OK();
    return Status::Invalid(
        "no images", skipped.empty() ? "" : ": " + Describe(skipped) + " passed over",
        skipped.empty() ? " in the source: it is empty"
                        : "; --all-files looks at every file");
  }
  ARROW_RETURN_NOT_OK(writer.Finish().status());
  ARROW_RETURN_NOT_OK(RemovePartsFrom(store_, folder, CeilDiv(rows, part_rows)));

  Sha256 sha;
  ARROW_RETURN_NOT_OK(table::ScanListing(store_, folder, [&](const ListedImage& image) {
    HashImage(image, &sha);
    return Status::OK();
  }));
  const Json summary = {{"images", rows},
                        {"part_shards", kPartShards},
                        {"sha256", sha.HexDigest()},
                        {"skipped", skipped}};
  ARROW_RETURN_NOT_OK(store_->Put(ListingSummary(number), summary.dump(2) + "\n"));
  return Load();
}

Status Listing::Create(store::ImageSource* source, const Settings& settings,
                       const std::string& exclude, EventRecorder* recorder,
                       std::stop_token stop, const ShardsListed& listed) {
  return Write(
      [&](const Visit& visit) {
        return source->List("", [&](ListedImage image) -> Status {
          if (stop.stop_requested()) return Status::Cancelled("stopped while listing");
          if (!exclude.empty() && image.path.starts_with(exclude)) return Status::OK();
          return visit(std::move(image));
        });
      },
      settings, recorder, listed);
}

Result<store::SkippedCounts> Listing::Compare(
    store::ImageSource* source, const std::string& exclude, std::stop_token stop,
    const std::function<Status(ListedImage)>& fresh, Changes* changes) const {
  std::vector<Cursor> cursors;
  for (const auto& generation : generations_) cursors.emplace_back(this, generation);
  const auto is_new = [&](const ListedImage& image) -> Result<bool> {
    for (auto& cursor : cursors) {
      ARROW_ASSIGN_OR_RAISE(const ListedImage* old, cursor.Find(image.path));
      if (old == nullptr) continue;
      // A copy of the same bytes has the same etag, whenever it was made.
      const bool same =
          image.etag ? old->etag == image.etag : old->mtime_ns == image.mtime_ns;
      if (old->size != image.size || !same) ++changes->changed;
      return false;
    }
    return true;
  };
  auto walked = source->List("", [&](ListedImage image) -> Status {
    if (stop.stop_requested()) return Status::Cancelled("stopped while listing");
    if (!exclude.empty() && image.path.starts_with(exclude)) return Status::OK();
    ARROW_ASSIGN_OR_RAISE(const bool is_fresh, is_new(image));
    return is_fresh ? fresh(std::move(image)) : Status::OK();
  });
  changes->vanished = images();
  for (const auto& cursor : cursors) changes->vanished -= cursor.found();
  return walked;
}

Result<Listing::Changes> Listing::Extend(store::ImageSource* source,
                                         const Settings& settings,
                                         const std::string& exclude,
                                         EventRecorder* recorder, std::stop_token stop) {
  Changes changes;
  const int64_t known = images();
  ARROW_RETURN_NOT_OK(Write(
      [&](const Visit& visit) { return Compare(source, exclude, stop, visit, &changes); },
      settings, recorder, {}));
  changes.added = images() - known;
  return changes;
}

Status Listing::CheckSource(store::ImageSource* source) const {
  constexpr int64_t kLookAt = 1000;
  ARROW_ASSIGN_OR_RAISE(const auto first, Shard(0));
  std::set<std::string> listed;
  for (const auto& image : first) listed.insert(image.path);
  int64_t seen = 0;
  bool known = false;
  std::string example;
  const auto walked = source->List("", [&](const ListedImage& image) -> Status {
    if (example.empty()) example = image.path;
    known = known || listed.contains(image.path);
    return known || ++seen == kLookAt ? Status::Cancelled("seen enough") : Status::OK();
  });
  if (!walked.ok() && !walked.status().IsCancelled()) return walked.status();
  if (known) return Status::OK();
  return Status::Invalid(
      "the destination was made from another source: its first image is ",
      first.front().path, ", ", source->description(), " begins with ",
      example.empty() ? "nothing" : example,
      ". Give the source it was made from, or another --out");
}

}  // namespace pomona::job
