// SPDX-License-Identifier: Apache-2.0
// The kernels, once for all instruction sets and precisions: `S` is a small vector type
// (kWidth floats, kPack factors of a product in the place of one) with the register tile
// kRows x kVectors. Each kernels_ISA.cc includes this with its own
// S in an unnamed namespace and its own compiler flags; nothing of the standard library
// may be instantiated here, or the linker could give one set's code to all.
#pragma once

#include "pomona/engine/native/kernels.h"

#define POMONA_UNROLL _Pragma("GCC unroll 8")

namespace pomona::engine::native {

template <class S>
struct KernelsOf {
  using V = typename S::V;
  static constexpr int kWidth = S::kWidth;
  static constexpr int kPerLane = static_cast<int>(kLane) / kWidth;
  static constexpr int kLaneFloats = static_cast<int>(kLane) / S::kPack;

  // Max gives its second argument where one is NaN: what went wrong stays to be seen.
  static V Relu(V x) { return S::Max(S::Zero(), x); }

  // --- Products.

  template <int kRows, int kVectors>
  static void GemmTile(const GemmArgs& g, int64_t row) {
    V acc[kRows][kVectors];
    POMONA_UNROLL
    for (int i = 0; i < kRows; ++i) {
      POMONA_UNROLL
      for (int j = 0; j < kVectors; ++j) acc[i][j] = S::Zero();
    }
    const float* b = g.b;
    const float* a = g.a + row / S::kRows * g.a_group;
    for (int64_t block = 0; block < g.blocks; ++block, a += S::kRows * kLaneFloats) {
      for (int k = 0; k < kLaneFloats; ++k, b += kVectors * kWidth) {
        V bv[kVectors];
        POMONA_UNROLL
        for (int j = 0; j < kVectors; ++j) bv[j] = S::Load(b + j * kWidth);
        POMONA_UNROLL
        for (int i = 0; i < kRows; ++i) {
          const V av = S::Broadcast(a + i * kLaneFloats + k);
          POMONA_UNROLL
          for (int j = 0; j < kVectors; ++j) acc[i][j] = S::Dot(av, bv[j], acc[i][j]);
        }
      }
    }
    float* c = g.c + row / S::kRows * g.c_group;
    POMONA_UNROLL
    for (int i = 0; i < kRows; ++i) {
      POMONA_UNROLL
      for (int j = 0; j < kVectors; ++j) {
        S::Store(c + (i * kVectors + j) * kWidth, acc[i][j]);
      }
    }
  }

  template <int kRows, int kVectors>
  static void GemmRest(const GemmArgs& g, int64_t row) {
    if constexpr (kRows > 0) {
      if (g.rows - row == kRows) {
        GemmTile<kRows, kVectors>(g, row);
      } else {
        GemmRest<kRows - 1, kVectors>(g, row);
      }
    }
  }

  template <int kVectors>
  static void GemmRows(const GemmArgs& g) {
    int64_t row = 0;
    for (; row + S::kRows <= g.rows; row += S::kRows) {
      GemmTile<S::kRows, kVectors>(g, row);
    }
    GemmRest<S::kRows - 1, kVectors>(g, row);
  }

  template <int kVectors>
  static void GemmWidth(const GemmArgs& g) {
    if constexpr (kVectors > 0) {
      if (g.n == kVectors * kWidth) {
        GemmRows<kVectors>(g);
      } else {
        GemmWidth<kVectors - kPerLane>(g);
      }
    }
  }

  static void Gemm(const GemmArgs& g) { GemmWidth<S::kVectors>(g); }

  // --- Transforms of one line (points 0, 1, -1, 2, -2, 1/2, -1/2, infinity; kF4Even: 0,
  // p, -p, q, -q, infinity with p = 2/3, q = 3/2, so that p q = 1).

  static constexpr float kP = 2.0F / 3;
  static constexpr float kQ = 1.5F;

  template <Tile kTile>
  static void InputLine(const V* x, V* y) {
    if constexpr (kTile == Tile::kF2) {
      y[0] = S::Sub(x[0], x[2]);
      y[1] = S::Add(x[1], x[2]);
      y[2] = S::Sub(x[2], x[1]);
      y[3] = S::Sub(x[1], x[3]);
    } else if constexpr (kTile == Tile::kF4) {
      const V four = S::Set1(4.0F);
      const V minus_five = S::Set1(-5.0F);
      const V even1 = S::Fma(S::Set1(-4.0F), x[2], x[4]);
      const V odd1 = S::Fma(S::Set1(-4.0F), x[1], x[3]);
      const V even2 = S::Sub(x[4], x[2]);
      const V odd2 = S::Mul(S::Set1(2.0F), S::Sub(x[3], x[1]));
      y[0] = S::Fma(four, x[0], S::Fma(minus_five, x[2], x[4]));
      y[1] = S::Add(even1, odd1);
      y[2] = S::Sub(even1, odd1);
      y[3] = S::Add(even2, odd2);
      y[4] = S::Sub(even2, odd2);
      y[5] = S::Fma(four, x[1], S::Fma(minus_five, x[3], x[5]));
    } else if constexpr (kTile == Tile::kF4Even) {
      const V p = S::Set1(kP);
      const V q = S::Set1(kQ);
      const V minus_sum = S::Set1(-kP * kP - kQ * kQ);
      const V even1 = S::Fma(S::Set1(-kQ * kQ), x[2], x[4]);
      const V odd1 = S::Sub(S::Mul(p, x[3]), S::Mul(q, x[1]));
      const V even2 = S::Fma(S::Set1(-kP * kP), x[2], x[4]);
      const V odd2 = S::Sub(S::Mul(q, x[3]), S::Mul(p, x[1]));
      y[0] = S::Fma(minus_sum, x[2], S::Add(x[0], x[4]));
      y[1] = S::Add(even1, odd1);
      y[2] = S::Sub(even1, odd1);
      y[3] = S::Add(even2, odd2);
      y[4] = S::Sub(even2, odd2);
      y[5] = S::Fma(minus_sum, x[3], S::Add(x[1], x[5]));
    } else {
      const V k525 = S::Set1(5.25F);
      const V k425 = S::Set1(-4.25F);
      const V k25 = S::Set1(-2.5F);
      const V half = S::Set1(0.5F);
      const V two = S::Set1(2.0F);
      const V even1 = S::Fma(k425, x[4], S::Add(x[2], x[6]));
      const V odd1 = S::Fma(k425, x[3], S::Add(x[1], x[5]));
      const V even2 = S::Fma(S::Set1(0.25F), x[2], S::Fma(S::Set1(-1.25F), x[4], x[6]));
      const V odd2 = S::Fma(half, x[1], S::Fma(two, x[5], S::Mul(k25, x[3])));
      const V even3 = S::Fma(S::Set1(4.0F), x[2], S::Fma(S::Set1(-5.0F), x[4], x[6]));
      const V odd3 = S::Fma(two, x[1], S::Fma(half, x[5], S::Mul(k25, x[3])));
      y[0] = S::Fma(k525, S::Sub(x[4], x[2]), S::Sub(x[0], x[6]));
      y[1] = S::Add(even1, odd1);
      y[2] = S::Sub(even1, odd1);
      y[3] = S::Add(even2, odd2);
      y[4] = S::Sub(even2, odd2);
      y[5] = S::Add(even3, odd3);
      y[6] = S::Sub(even3, odd3);
      y[7] = S::Fma(k525, S::Sub(x[3], x[5]), S::Sub(x[7], x[1]));
    }
  }

  template <Tile kTile>
  static void OutputLine(const V* x, V* y) {
    if constexpr (kTile == Tile::kF2) {
      y[0] = S::Add(x[0], S::Add(x[1], x[2]));
      y[1] = S::Sub(S::Sub(x[1], x[2]), x[3]);
    } else {
      const V sum1 = S::Add(x[1], x[2]);
      const V dif1 = S::Sub(x[1], x[2]);
      const V sum2 = S::Add(x[3], x[4]);
      const V dif2 = S::Sub(x[3], x[4]);
      if constexpr (kTile == Tile::kF4) {
        y[0] = S::Add(x[0], S::Add(sum1, sum2));
        y[1] = S::Fma(S::Set1(2.0F), dif2, dif1);
        y[2] = S::Fma(S::Set1(4.0F), sum2, sum1);
        y[3] = S::Fma(S::Set1(8.0F), dif2, S::Add(dif1, x[5]));
      } else if constexpr (kTile == Tile::kF4Even) {
        y[0] = S::Add(x[0], S::Add(sum1, sum2));
        y[1] = S::Fma(S::Set1(kP), dif1, S::Mul(S::Set1(kQ), dif2));
        y[2] = S::Fma(S::Set1(kP * kP), sum1, S::Mul(S::Set1(kQ * kQ), sum2));
        y[3] = S::Fma(S::Set1(kP * kP * kP), dif1,
                      S::Fma(S::Set1(kQ * kQ * kQ), dif2, x[5]));
      } else {
        const V sum3 = S::Add(x[5], x[6]);
        const V dif3 = S::Sub(x[5], x[6]);
        y[0] = S::Add(S::Add(x[0], sum1), S::Add(sum2, sum3));
        y[1] = S::Fma(S::Set1(2.0F), dif2, S::Fma(S::Set1(0.5F), dif3, dif1));
        y[2] = S::Fma(S::Set1(4.0F), sum2, S::Fma(S::Set1(0.25F), sum3, sum1));
        y[3] = S::Fma(S::Set1(8.0F), dif2, S::Fma(S::Set1(0.125F), dif3, dif1));
        y[4] = S::Fma(S::Set1(16.0F), sum2, S::Fma(S::Set1(0.0625F), sum3, sum1));
        y[5] = S::Fma(S::Set1(32.0F), dif2,
                      S::Fma(S::Set1(0.03125F), dif3, S::Add(dif1, x[7])));
      }
    }
  }

  // --- Transforms of one tile: columns, then rows.

  template <Tile kTile>
  static void InputVector(const InputArgs& t, int64_t channel, float* v) {
    constexpr int kIn = static_cast<int>(TileIn(kTile));
    V half[kIn * kIn];
    V x[kIn];
    V y[kIn];
    for (int j = 0; j < kIn; ++j) {
      POMONA_UNROLL
      for (int i = 0; i < kIn; ++i) x[i] = S::Load(t.pixels[i * kIn + j] + channel);
      InputLine<kTile>(x, y);
      POMONA_UNROLL
      for (int i = 0; i < kIn; ++i) half[i * kIn + j] = y[i];
    }
    for (int i = 0; i < kIn; ++i) {
      InputLine<kTile>(half + i * kIn, y);
      POMONA_UNROLL
      for (int j = 0; j < kIn; ++j) {
        S::StoreFactor(v + (i * kIn + j) * t.point_stride, y[j]);
      }
    }
  }

  template <Tile kTile>
  static void Input(const InputArgs& t) {
    for (int64_t block = 0; block < t.blocks; ++block) {
      for (int64_t lane = 0; lane < kLane; lane += kWidth) {
        InputVector<kTile>(t, block * kLane + lane,
                           t.v + block * t.block_stride + lane / S::kPack);
      }
    }
  }

  template <Tile kTile>
  static void OutputVector(const OutputArgs& t, int64_t channel) {
    constexpr int kIn = static_cast<int>(TileIn(kTile));
    constexpr int kOut = static_cast<int>(TileOut(kTile));
    V half[kOut * kIn];
    V x[kIn];
    V y[kOut * kOut];
    for (int j = 0; j < kIn; ++j) {
      const float* m = t.m + j * t.point_stride + channel;
      POMONA_UNROLL
      for (int i = 0; i < kIn; ++i) x[i] = S::Load(m + i * kIn * t.point_stride);
      OutputLine<kTile>(x, y);
      POMONA_UNROLL
      for (int i = 0; i < kOut; ++i) half[i * kIn + j] = y[i];
    }
    POMONA_UNROLL
    for (int i = 0; i < kOut; ++i) OutputLine<kTile>(half + i * kIn, y + i * kOut);
    const V bia = S::Load(t.bia + channel);
    float* dst = t.dst + channel;
    if (!t.pool) {
      for (int64_t i = 0; i < t.rows; ++i) {
        for (int64_t j = 0; j < t.columns; ++j) {
          S::Store(dst + i * t.row_stride + j * t.pixel_stride,
                   Relu(S::Add(y[i * kOut + j], bia)));
        }
      }
      return;
    }
    // The greatest of four, then bia and ReLU: both keep the order, so the bits are those
    // of pooling last.
    for (int64_t i = 0; i < t.rows; ++i) {
      for (int64_t j = 0; j < t.columns; ++j) {
        const V* p = y + 2 * (i * kOut + j);
        const V most = S::Max(S::Max(p[0], p[1]), S::Max(p[kOut], p[kOut + 1]));
        S::Store(dst + i * t.row_stride + j * t.pixel_stride, Relu(S::Add(most, bia)));
      }
    }
  }

  template <Tile kTile>
  static void Output(const OutputArgs& t) {
    for (int64_t channel = 0; channel < t.blocks * kLane; channel += kWidth) {
      OutputVector<kTile>(t, channel);
    }
  }

  // --- The first layer.

  template <int kPixels, int kVectors>
  static void DirectTile(const DirectArgs& d, int64_t x) {
    V acc[kPixels][kVectors];
    POMONA_UNROLL
    for (int i = 0; i < kPixels; ++i) {
      POMONA_UNROLL
      for (int j = 0; j < kVectors; ++j) acc[i][j] = S::Load(d.bia + j * kWidth);
    }
    const float* wei = d.wei;
    for (int64_t line = 0; line < 3 * d.planes; ++line) {
      const float* src = d.src + line / 3 * d.plane_stride + line % 3 * d.row_stride + x;
      for (int kw = 0; kw < 3; ++kw, wei += kVectors * kWidth) {
        V wv[kVectors];
        POMONA_UNROLL
        for (int j = 0; j < kVectors; ++j) wv[j] = S::Load(wei + j * kWidth);
        POMONA_UNROLL
        for (int i = 0; i < kPixels; ++i) {
          const V sv = S::Set1(src[i + kw]);
          POMONA_UNROLL
          for (int j = 0; j < kVectors; ++j) acc[i][j] = S::Fma(sv, wv[j], acc[i][j]);
        }
      }
    }
    POMONA_UNROLL
    for (int i = 0; i < kPixels; ++i) {
      POMONA_UNROLL
      for (int j = 0; j < kVectors; ++j) {
        S::Store(d.dst + (x + i) * d.pixel_stride + j * kWidth, Relu(acc[i][j]));
      }
    }
  }

  template <int kVectors>
  static void DirectWidth(const DirectArgs& d) {
    if constexpr (kVectors > 0) {
      if (d.n != kVectors * kWidth) return DirectWidth<kVectors - kPerLane>(d);
      int64_t x = 0;
      for (; x + S::kRows <= d.columns; x += S::kRows) {
        DirectTile<S::kRows, kVectors>(d, x);
      }
      for (; x < d.columns; ++x) DirectTile<1, kVectors>(d, x);
    }
  }

  static void Direct(const DirectArgs& d) { DirectWidth<S::kVectors>(d); }

  static constexpr Kernels Table(Isa isa, Precision precision) {
    return {
        isa,
        precision,
        S::kPack,
        S::kVectors * kWidth,
        S::kRows,
        Gemm,
        {Input<Tile::kF2>, Input<Tile::kF4>, Input<Tile::kF6>, Input<Tile::kF4Even>},
        {Output<Tile::kF2>, Output<Tile::kF4>, Output<Tile::kF6>, Output<Tile::kF4Even>},
        Direct};
  }
};

}  // namespace pomona::engine::native
