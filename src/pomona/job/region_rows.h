// SPDX-License-Identifier: Apache-2.0
// From views of a picture to its row, and from a photo to the rows of its regions.
#pragma once

#include <vector>

#include "pomona/base/status.h"
#include "pomona/engine/feature_extractor.h"
#include "pomona/image/image.h"
#include "pomona/image/preprocess.h"
#include "pomona/table/tables.h"

namespace pomona::job {

// The mean over `count` views (each `dim` numbers), summed in their order, then
// `colour_columns` of `colour`.
void JoinRow(const float* views, int64_t count, int64_t dim, const float* colour,
             int64_t colour_columns, float* row);

// The rows of a photo's regions (image/regions.h), the photo itself first, behind those
// in `keys` and `rows`; `key` with each one's place. The network takes a request at a
// time. Thread-safe.
Status AppendRegionRows(const image::Image& photo, const table::RowKey& key,
                        const image::PreprocessContract& contract,
                        engine::FeatureExtractor* extractor,
                        std::vector<table::RowKey>* keys, std::vector<float>* rows);

}  // namespace pomona::job
