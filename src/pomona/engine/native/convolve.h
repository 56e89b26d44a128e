// SPDX-License-Identifier: Apache-2.0
// One convolution over pictures (NHWC, channels padded to kLane). Two ways through the
// same kernels, with the same bits:
// - fused: some tiles at a time go through all three steps, so that what lies between
//   stays in the core's cache. For large pictures with few channels.
// - shared: each step for many tiles of many pictures before the next, so that weights
//   (67 MB for 512 channels) are read once for all. For small pictures with many
//   channels.
#pragma once

#include <cstdint>
#include <functional>

#include "pomona/engine/native/winograd.h"

namespace pomona::engine::native {

// Pictures that lie `stride` floats from each other.
struct Src {
  const float* data;
  int64_t stride;
};
struct Dst {
  float* data;
  int64_t stride;
};

// Memory between the steps, as many floats as ScratchFor says.
struct Scratch {
  float* v = nullptr;
  float* m = nullptr;
  const float* zeros = nullptr;  // ic_padded zeros: the picture's border
};
struct ScratchSize {
  int64_t v = 0;
  int64_t m = 0;
};

enum class Way { kFused, kShared };
Way FasterWay(const Conv& conv);
// For 1 to `pictures` together (fused: 1).
ScratchSize ScratchFor(const Conv& conv, const Kernels& kernels, int64_t pictures,
                       Way way);

// Calls work(item, worker) for items 0 to n - 1, on one thread or on many.
using Parallel = std::function<void(int64_t n, const WorkerPool::Work& work)>;

// One picture; `scratch` of each worker.
void ConvolveFused(const Conv& conv, const Kernels& kernels, const float* src, float* dst,
                   const Scratch* scratch, const Parallel& parallel);
// `count` pictures; one scratch for all workers.
void ConvolveShared(const Conv& conv, const Kernels& kernels, Src src, Dst dst,
                    int64_t count, const Scratch& scratch, const Parallel& parallel);
// One picture of `ic` planes (NCHW) that PadPlanes has given a border.
void ConvolveDirect(const Conv& conv, const Kernels& kernels, const float* padded,
                    float* dst, const Parallel& parallel);

// Planes with a border of one zero.
int64_t PaddedPlanes(const ConvShape& shape);  // floats
void PadPlanes(const ConvShape& shape, const float* src, float* padded);

// 2x2 max-pooling by itself; `channels` padded.
void MaxPool(int64_t height, int64_t width, int64_t channels, const float* src,
             float* dst);

}  // namespace pomona::engine::native
