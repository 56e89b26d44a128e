// SPDX-License-Identifier: Apache-2.0
#include "pomona/engine/feature_extractor.h"

#include <sched.h>

#include <algorithm>

#include "pomona/base/cpu.h"
#include "pomona/engine/native/extractor.h"
#include "pomona/engine/openvino/extractor.h"

namespace pomona::engine {
namespace {

int UsableCores() {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof(set), &set) != 0) return 1;
  return std::max(1, CPU_COUNT(&set));
}

// What was the fastest with the least memory at 100x100; the same memory at other sizes.
// The native engine's threads share a batch: the same number of pictures for each.
int64_t UsualBatch(const ExtractorOptions& resolved,
                   const model::BackboneOptions& options) {
  const bool native = resolved.backend == Backend::kNative;
  const int64_t pixels = int64_t{options.input_height} * options.input_width;
  const int64_t pictures = std::clamp<int64_t>(
      (native ? 32 : 16) * int64_t{10'000} / std::max<int64_t>(1, pixels), 1, 64);
  if (!native) return pictures;
  return (pictures + resolved.threads - 1) / resolved.threads * resolved.threads;
}

}  // namespace

Result<std::unique_ptr<FeatureExtractor>> MakeFeatureExtractor(
    const model::Backbone& backbone, const ExtractorOptions& options) {
  if (options.batch < 0) return Status::Invalid("batch ", options.batch, ": 0 or more");
  if (options.threads < 0) return Status::Invalid("threads ", options.threads);
  ExtractorOptions resolved = options;
  if (options.threads == 0) resolved.threads = UsableCores();
  if (options.batch == 0) resolved.batch = UsualBatch(resolved, backbone.options);
  return options.backend == Backend::kNative
             ? native::MakeExtractor(backbone, resolved, DetectCpu().isa)
             : MakeOpenVinoExtractor(backbone, resolved);
}

}  // namespace pomona::engine
