// SPDX-License-Identifier: Apache-2.0
#include "pomona/engine/native/winograd.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "pomona/engine/native/bf16.h"

namespace pomona::engine::native {
namespace {

using Line = std::array<double, 3>;  // one point of a filter's line
constexpr int64_t kMostIn = TileIn(Tile::kF6);

// G of each tile, for the points of kernels_template.h.
constexpr std::array<std::array<Line, kMostIn>, kTiles> kFilters = {{
    {{{1, 0, 0}, {0.5, 0.5, 0.5}, {0.5, -0.5, 0.5}, {0, 0, 1}}},
    {{{1.0 / 4, 0, 0},
      {-1.0 / 6, -1.0 / 6, -1.0 / 6},
      {-1.0 / 6, 1.0 / 6, -1.0 / 6},
      {1.0 / 24, 1.0 / 12, 1.0 / 6},
      {1.0 / 24, -1.0 / 12, 1.0 / 6},
      {0, 0, 1}}},
    {{{1, 0, 0},
      {-2.0 / 9, -2.0 / 9, -2.0 / 9},
      {-2.0 / 9, 2.0 / 9, -2.0 / 9},
      {1.0 / 90, 1.0 / 45, 2.0 / 45},
      {1.0 / 90, -1.0 / 45, 2.0 / 45},
      {32.0 / 45, 16.0 / 45, 8.0 / 45},
      {32.0 / 45, -16.0 / 45, 8.0 / 45},
      {0, 0, 1}}},
    {{{1, 0, 0},
      {-81.0 / 130, -54.0 / 130, -36.0 / 130},
      {-81.0 / 130, 54.0 / 130, -36.0 / 130},
      {8.0 / 65, 12.0 / 65, 18.0 / 65},
      {8.0 / 65, -12.0 / 65, 18.0 / 65},
      {0, 0, 1}}},
}};

// kLane output channels of one input channel, side by side.
using Lane = std::array<double, kLane>;

void LoadFilters(const ConvShape& shape, const model::ConvWeights& weights, int64_t oc,
                 int64_t ic, std::array<Lane, 9>* filters) {
  for (int64_t lane = 0; lane < kLane; ++lane) {
    const bool there = oc + lane < shape.oc;
    const auto at = static_cast<size_t>(((oc + lane) * shape.ic + ic) * 9);
    for (size_t k = 0; k < 9; ++k) {
      (*filters)[k][static_cast<size_t>(lane)] = there ? weights.wei[at + k] : 0.0;
    }
  }
}

// G g: `in` points by 3 columns.
void TransformColumns(Tile tile, const std::array<Lane, 9>& g, Lane* half) {
  const auto& filter = kFilters[static_cast<size_t>(tile)];
  for (int64_t i = 0; i < TileIn(tile); ++i) {
    const Line& f = filter[static_cast<size_t>(i)];
    for (size_t j = 0; j < 3; ++j) {
      for (size_t lane = 0; lane < kLane; ++lane) {
        half[i * 3 + static_cast<int64_t>(j)][lane] =
            f[0] * g[j][lane] + f[1] * g[3 + j][lane] + f[2] * g[6 + j][lane];
      }
    }
  }
}

// Where the numbers of one input channel go: a block of output channels at `at`, points
// `stride` apart, both counted in numbers, `pack` of them in a float's place.
struct Place {
  float* wei;
  int64_t at;
  int64_t stride;
  int64_t pack;
  void Put(int64_t point, size_t lane, float x) const {
    const int64_t to = at + point * stride + static_cast<int64_t>(lane) * pack;
    if (pack == 1) {
      wei[to] = x;
    } else {
      const uint16_t rounded = RoundToBf16(x);
      std::memcpy(reinterpret_cast<char*>(wei) + to * 2, &rounded, sizeof(rounded));
    }
  }
};

// (G g) G^T.
void TransformRows(Tile tile, const Lane* half, const Place& place) {
  const auto& filter = kFilters[static_cast<size_t>(tile)];
  const int64_t in = TileIn(tile);
  for (int64_t i = 0; i < in; ++i) {
    const Lane* h = half + i * 3;
    for (int64_t j = 0; j < in; ++j) {
      const Line& f = filter[static_cast<size_t>(j)];
      for (size_t lane = 0; lane < kLane; ++lane) {
        place.Put(i * in + j, lane,
                  static_cast<float>(f[0] * h[0][lane] + f[1] * h[1][lane] +
                                     f[2] * h[2][lane]));
      }
    }
  }
}

// Where lane block `oc` of row `k` stands among panels of `rows` rows, `pack` of which
// stand beside each other.
int64_t PanelOffset(const ConvShape& shape, const Kernels& kernels, int64_t rows,
                    int64_t k, int64_t oc, int64_t pack) {
  const int64_t first = oc / kernels.panel * kernels.panel;
  const int64_t n = std::min(kernels.panel, shape.oc_padded() - first);
  return first * rows + (k / pack * n + oc - first) * pack + k % pack;
}

Status PackBias(const model::ConvWeights& weights, Conv* conv) {
  ARROW_ASSIGN_OR_RAISE(conv->bia, Buffer::Make(conv->shape.oc_padded()));
  std::copy(weights.bia.begin(), weights.bia.end(), conv->bia.data());
  return Status::OK();
}

}  // namespace

Tiling::Tiling(const ConvShape& shape, Tile t)
    : tile(t),
      down(CeilDiv(shape.used_height(), TileOut(t))),
      across(CeilDiv(shape.used_width(), TileOut(t))) {}

Result<Conv> PackWinograd(const ConvShape& shape, Tile tile,
                          const model::ConvWeights& weights, const Kernels& kernels,
                          WorkerPool* workers) {
  Conv conv;
  conv.shape = shape;
  conv.tiling = Tiling(shape, tile);
  const int64_t point = shape.ic_padded() * shape.oc_padded();
  ARROW_ASSIGN_OR_RAISE(conv.wei, Buffer::Make(TilePoints(tile) * point / kernels.pack));
  workers->Run(shape.ic, [&](int64_t ic, int) {
    std::array<Lane, 9> filters;
    std::array<Lane, kMostIn * 3> half;
    for (int64_t oc = 0; oc < shape.oc; oc += kLane) {
      LoadFilters(shape, weights, oc, ic, &filters);
      TransformColumns(tile, filters, half.data());
      TransformRows(tile, half.data(),
                    {conv.wei.data(),
                     PanelOffset(shape, kernels, shape.ic_padded(), ic, oc, kernels.pack),
                     point, kernels.pack});
    }
  });
  ARROW_RETURN_NOT_OK(PackBias(weights, &conv));
  return conv;
}

Result<Conv> PackDirect(const ConvShape& shape, const model::ConvWeights& weights,
                        const Kernels& kernels) {
  Conv conv;
  conv.shape = shape;
  conv.direct = true;
  const int64_t rows = shape.ic * 9;
  ARROW_ASSIGN_OR_RAISE(conv.wei, Buffer::Make(rows * shape.oc_padded()));
  for (int64_t oc = 0; oc < shape.oc; ++oc) {
    for (int64_t k = 0; k < rows; ++k) {
      conv.wei.data()[PanelOffset(shape, kernels, rows, k, oc, 1)] =
          weights.wei[static_cast<size_t>(oc * rows + k)];
    }
  }
  ARROW_RETURN_NOT_OK(PackBias(weights, &conv));
  return conv;
}

}  // namespace pomona::engine::native
