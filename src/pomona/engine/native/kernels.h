// SPDX-License-Identifier: Apache-2.0
// The inner loops of the native engine: one table of functions for each instruction set
// and precision.
// Winograd's minimal filtering F(m x m, 3 x 3) (Lavin and Gray 2016): an (m+2)^2 patch of
// src becomes that many points, each point is a matrix product over IC, and the points of
// dst become m x m outputs. Everything is float32 and aligned to 64 bytes, but that in
// bf16 the two factors of the matrix products are bfloat16, two in a float's place (k
// even in the low half), added up in float32. Channels are padded to kLane with zeros;
// pictures are NHWC. Kernels keep no state: any thread.
#pragma once

#include <cstdint>

#include "pomona/base/cpu.h"
#include "pomona/engine/choice.h"

namespace pomona::engine::native {

// Channels that lie beside each other: a multiple of every vector's width.
inline constexpr int64_t kLane = 16;

// kF4Even: F(4 x 4, 3 x 3) on points whose transforms lose the least to bfloat16.
enum class Tile { kF2, kF4, kF6, kF4Even };
inline constexpr int kTiles = 4;
// m of F(m x m, 3 x 3).
constexpr int64_t TileOut(Tile tile) {
  return tile == Tile::kF4Even ? 4 : 2 * (static_cast<int64_t>(tile) + 1);
}
constexpr int64_t TileIn(Tile tile) { return TileOut(tile) + 2; }
constexpr int64_t TilePoints(Tile tile) { return TileIn(tile) * TileIn(tile); }

// One point of one panel: c[row][n] = sum over k of a[row][k] b[k][n], k rising, so that
// a row's bits do not depend on `rows`.
struct GemmArgs {
  // Rows go in groups of the table's `rows` (R), a register tile each.
  const float* a;   // of a group: [block][R][lane], k = block * kLane + lane
  int64_t a_group;  // floats from group to group
  const float* b;   // [blocks * kLane][n]; bf16: [blocks * kLane / 2][n][2]
  float* c;         // of a group: [R][n]
  int64_t c_group;
  int64_t rows;
  int64_t blocks;  // IC / kLane
  int64_t n;       // a multiple of kLane, at most the table's panel
};

// A patch of src to the points of one tile, for channel blocks 0 to blocks - 1.
struct InputArgs {
  const float* const* pixels;  // TileIn^2 pointers, row by row, to channel 0
  int64_t blocks;
  float* v;              // v[point * point_stride + block * block_stride + lane / pack]
  int64_t point_stride;  // floats
  int64_t block_stride;
};

// The points of one tile to dst: + bia, ReLU, and 2x2 max-pooling if `pool`.
struct OutputArgs {
  const float* m;  // m[point * point_stride + block * kLane + lane]
  int64_t point_stride;
  int64_t blocks;
  const float* bia;
  float* dst;  // of the tile's first pixel
  int64_t row_stride;
  int64_t pixel_stride;
  int64_t rows;  // of dst to write, at most m (m / 2 if pooled)
  int64_t columns;
  bool pool;
};

// A row of a 3x3 convolution over few channels, with bia and ReLU.
struct DirectArgs {
  const float* src;      // planes with a border of one pixel: the pixel above left
  int64_t plane_stride;  // floats
  int64_t row_stride;
  int64_t planes;    // IC
  const float* wei;  // [planes * 9][n], k = (plane * 3 + kh) * 3 + kw
  const float* bia;
  float* dst;  // [columns][pixel_stride]
  int64_t pixel_stride;
  int64_t columns;
  int64_t n;  // a multiple of kLane, at most the table's panel
};

struct Kernels {
  Isa isa;
  Precision precision;
  int64_t pack;   // numbers of the products' factors in a float's place: 1, in bf16 2
  int64_t panel;  // output channels to a call of gemm
  int64_t rows;   // R: of a register tile
  void (*gemm)(const GemmArgs&);
  void (*input[kTiles])(const InputArgs&);
  void (*output[kTiles])(const OutputArgs&);
  void (*direct)(const DirectArgs&);
};

extern const Kernels kPortableKernels;
extern const Kernels kAvx2Kernels;
extern const Kernels kAvx512Kernels;
// Their products have the same bits, but for numbers below 2^-126, which the CPU's own
// take for 0.
extern const Kernels kPortableBf16Kernels;
extern const Kernels kAvx512Bf16Kernels;

// The fastest that `isa` can run.
const Kernels& KernelsFor(Isa isa, Precision precision = Precision::kF32);

}  // namespace pomona::engine::native
