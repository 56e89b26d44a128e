// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "pomona/engine/feature_extractor.h"

namespace pomona::engine {

// Any network on OpenVINO. `options` are resolved: neither threads nor batch is 0.
Result<std::unique_ptr<FeatureExtractor>> MakeOpenVinoExtractor(
    const model::Backbone& backbone, const ExtractorOptions& options);

}  // namespace pomona::engine
