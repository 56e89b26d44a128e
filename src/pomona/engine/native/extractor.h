// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "pomona/base/cpu.h"
#include "pomona/engine/feature_extractor.h"

namespace pomona::engine::native {

// A stack (model::Backbone) with the kernels of `isa`, which this CPU must have.
// `options` are resolved: neither threads nor batch is 0. Invalid for other networks, and
// for bf16 on a CPU that has none.
Result<std::unique_ptr<FeatureExtractor>> MakeExtractor(const model::Backbone& backbone,
                                                        const ExtractorOptions& options,
                                                        Isa isa);

}  // namespace pomona::engine::native
