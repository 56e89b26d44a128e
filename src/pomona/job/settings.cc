// SPDX-License-Identifier: Apache-2.0
#include "pomona/job/settings.h"

namespace pomona::job {
namespace {

Status CheckRange(const char* option, int64_t value, int64_t low, int64_t high) {
  if (value >= low && value <= high) return Status::OK();
  return Status::Invalid(option, " is ", value, "; it must be from ", low, " to ", high);
}

}  // namespace

Status Settings::Validate() const {
  ARROW_RETURN_NOT_OK(CheckRange("--shard-size", shard_size, 1, 65'536));
  ARROW_RETURN_NOT_OK(CheckRange("--block-shards", block_shards, 1, 65'536));
  ARROW_RETURN_NOT_OK(CheckRange("--max-pixels", max_pixels, 1, int64_t{1} << 40));
  if (limit) ARROW_RETURN_NOT_OK(CheckRange("--limit", *limit, 1, int64_t{1} << 40));
  const bool vgg = model::VggLayers(backbone.model) != nullptr;
  for (const int64_t side : {backbone.input_width, backbone.input_height}) {
    if (side == 0) continue;  // the network's own
    ARROW_RETURN_NOT_OK(
        CheckRange("--input-size", side, vgg ? model::kVggMinInput : 1, 16'384));
  }
  ARROW_RETURN_NOT_OK(store::LabelRule::Parse(source.label_from).status());
  if (!reducer.empty() && (fit.components || fit.variance)) {
    return Status::Invalid(
        "a saved reducer has its number of components: give either it or "
        "--components/--variance");
  }
  if (fit.components && fit.variance) {
    return Status::Invalid("--components and --variance exclude each other: give one");
  }
  if (fit.components && *fit.components < 1) {
    return Status::Invalid("--components is ", *fit.components, "; it must be 1 or more");
  }
  if (fit.variance && !(*fit.variance > 0 && *fit.variance <= 1)) {
    return Status::Invalid("--variance is ", *fit.variance,
                           "; it must be above 0 and at most 1 (0.95 keeps 95 %)");
  }
  if (fit.pca == stats::Pca::kSketch && fit.all_eigenvalues) {
    return Status::Invalid(
        "--all-eigenvalues and --pca sketch exclude each other: a sketch knows the "
        "largest "
        "alone; give --pca exact");
  }
  if (regions != image::RegionSet::kPhoto && reduce) {
    return Status::Invalid(
        "--regions fruits gives several rows a photo, and the reduced table holds one: "
        "use 'pomona extract'");
  }
  return Status::OK();
}

}  // namespace pomona::job
