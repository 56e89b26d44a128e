// SPDX-License-Identifier: Apache-2.0
// A 3x3 convolution with stride 1 and zero padding 1, its weights in the layout and, for
// Winograd, the transform that the kernels want.
#pragma once

#include <cstdint>

#include "pomona/base/status.h"
#include "pomona/engine/native/buffer.h"
#include "pomona/engine/native/kernels.h"
#include "pomona/engine/native/worker_pool.h"
#include "pomona/model/backbone.h"

namespace pomona::engine::native {

constexpr int64_t CeilDiv(int64_t a, int64_t b) { return (a + b - 1) / b; }
constexpr int64_t RoundUp(int64_t a, int64_t b) { return CeilDiv(a, b) * b; }

struct ConvShape {
  int64_t ic = 0;
  int64_t oc = 0;
  int64_t height = 0;  // of src; of dst too, but for `pool`
  int64_t width = 0;
  bool pool = false;  // 2x2 max-pooling after ReLU

  int64_t ic_padded() const { return RoundUp(ic, kLane); }
  int64_t oc_padded() const { return RoundUp(oc, kLane); }
  int64_t dst_height() const { return pool ? height / 2 : height; }
  int64_t dst_width() const { return pool ? width / 2 : width; }
  // What is computed: pooling leaves out an odd last row or column.
  int64_t used_height() const { return pool ? height / 2 * 2 : height; }
  int64_t used_width() const { return pool ? width / 2 * 2 : width; }
};

// The tiles that cover what is used of dst.
struct Tiling {
  Tile tile = Tile::kF2;
  int64_t down = 0;
  int64_t across = 0;
  Tiling() = default;
  Tiling(const ConvShape& shape, Tile tile);
  int64_t count() const { return down * across; }  // of a picture
};

struct Conv {
  ConvShape shape;
  bool direct = false;  // else Winograd with `tiling`
  Tiling tiling;
  // Winograd: [point][panel][ic_padded][n], of bfloat16 [point][panel][ic_padded /
  // 2][n][2]. Direct: [panel][ic * 9][n]. n is the kernels' panel, less in the last one.
  Buffer wei;
  Buffer bia;  // [oc_padded]
};

// U = G g G^T in float64 (Lavin and Gray 2016, formula 8), rounded once (in bf16: to
// float32, then to bfloat16).
Result<Conv> PackWinograd(const ConvShape& shape, Tile tile,
                          const model::ConvWeights& weights, const Kernels& kernels,
                          WorkerPool* workers);
Result<Conv> PackDirect(const ConvShape& shape, const model::ConvWeights& weights,
                        const Kernels& kernels);

}  // namespace pomona::engine::native
