// SPDX-License-Identifier: Apache-2.0
// The extract stage: listed images in, feature rows and rejects out, shard by shard.
// Read, decode, preprocess and infer run side by side; memory is bounded. A shard's
// result follows from its images and the plan alone, so it may be computed anywhere and
// again.
#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "pomona/base/event.h"
#include "pomona/base/status.h"
#include "pomona/engine/feature_extractor.h"
#include "pomona/image/preprocess.h"
#include "pomona/store/image_source.h"
#include "pomona/table/tables.h"

namespace pomona::job {

// What a row is made of: the layers of the network, and "colour" behind them.
std::vector<engine::RowPart> RowParts(const engine::ExtractorInfo& info,
                                      const image::PreprocessContract& contract);
// Their names and columns as JSON, in the metadata of feature files with several.
inline constexpr char kPartsKey[] = "pomona.parts";
std::string PartsText(const std::vector<engine::RowPart>& parts);
int64_t RowColumns(const engine::ExtractorInfo& info,
                   const image::PreprocessContract& contract);

// rows + rejects = the shard's images, each in the order of the listing.
struct ShardResult {
  table::FeatureTable features;
  std::vector<table::RejectRow> rejects;
  std::vector<engine::RowPart> parts;  // of the rows
};

struct ExtractContext {
  store::ImageSource* source = nullptr;
  engine::FeatureExtractor* extractor = nullptr;
  image::PreprocessContract contract;
  int64_t max_pixels = 100'000'000;
  int threads = 1;                      // that decode beside the engine's own
  int64_t max_bytes_ahead = 256 << 20;  // encoded bytes read and not yet decoded
  // What becomes of a decoded picture before all else, from any thread; may be empty.
  std::function<Status(const store::ListedImage&, image::Image*)> alter = {};
};

// Computes `shards` in order. `images_of` gives a shard's listing; `done` receives each
// result, in order, on one thread at a time; an error of either ends the stage and is
// returned. `progress` (may be empty) is called after every batch with images and rejects
// so far. Cancelled when stopped: shards handed to `done` stay done.
Status ExtractShards(
    const ExtractContext& context, const std::vector<int64_t>& shards,
    const std::function<Result<std::vector<store::ListedImage>>(int64_t shard)>&
        images_of,
    const std::function<Status(int64_t shard, ShardResult result)>& done,
    const std::function<void(int64_t images, int64_t rejects)>& progress,
    std::stop_token stop);

}  // namespace pomona::job
