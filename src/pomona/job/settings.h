// SPDX-License-Identifier: Apache-2.0
// Settings: what a user asks of a run. They are resolved (precision, normalisation,
// feature_dim) into a plan, which decides bytes; how to run (threads, sinks) is
// RunOptions.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "pomona/base/status.h"
#include "pomona/image/preprocess.h"
#include "pomona/model/backbone.h"
#include "pomona/stats/fit_state.h"
#include "pomona/store/image_source.h"

namespace pomona::job {

struct Settings {
  // --- what is read
  store::SourceOptions source;
  std::optional<int64_t> limit;  // only the first N of the listing

  // --- decode and preprocess
  int64_t max_pixels = 100'000'000;
  bool apply_orientation = true;
  image::Filter filter = image::Filter::kBilinear;
  image::Fit fit_mode = image::Fit::kStretch;
  std::array<uint8_t, 3> pad_color = {255, 255, 255};
  // nullopt: what the network wants.
  std::optional<image::Normalization> normalization;
  image::WhiteBalance white_balance = image::WhiteBalance::kNone;
  image::Views views = image::Views::kOne;
  bool colour = false;  // a descriptor beside the network's
  image::RegionSet regions = image::RegionSet::kPhoto;  // more: without `reduce`

  // --- network
  model::BackboneOptions backbone;
  std::string precision = "auto";  // "auto", "f32", "bf16"
  std::string backend = "auto";    // "auto", "openvino", "native"

  // --- scaler and PCA; a saved reducer (folder or file) instead of fitting when not
  // empty
  stats::FitOptions fit;
  std::string reducer;

  // --- what is written
  bool reduce = true;  // false: stop after features and moments ("pomona extract")
  bool keep_features = true;
  bool csv = false;
  bool npz = false;
  int64_t shard_size = 1024;  // images a shard, 1 .. 65,536
  int64_t block_shards = 8;   // shards a block: 8,192 images

  // Of the blocks' states: rows that are not reduced here may be fitted any way later.
  stats::StateOptions state_options() const {
    return reduce && reducer.empty() ? stats::StateFor(fit) : stats::StateOptions();
  }

  // Checks every range that needs no file; errors name the command-line option.
  Status Validate() const;
};

}  // namespace pomona::job
