// SPDX-License-Identifier: Apache-2.0
#include "pomona/engine/native/convolve.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace pomona::engine::native {
namespace {

constexpr int64_t kMostPoints = TilePoints(Tile::kF6);
// What fused tiles may take of a core's second cache, and shared ones of the third.
constexpr int64_t kFusedFloats = (384 << 10) / 4;
constexpr int64_t kSharedFloats = (24 << 20) / 4;
constexpr int64_t kTilesAnItem = 4;
// Points lie a line further apart than they need: powers of two would fall on each other
// in the cache.
constexpr int64_t kApart = kLane;

// Tiles that may go through together.
int64_t MostTiles(const Conv& conv, const Kernels& kernels, Way way) {
  const ConvShape& s = conv.shape;
  const bool shared = way == Way::kShared;
  const int64_t a_tile =
      TilePoints(conv.tiling.tile) *
      (s.ic_padded() / kernels.pack + (shared ? s.oc_padded() : kernels.panel));
  const int64_t room = (shared ? kSharedFloats : kFusedFloats) / a_tile;
  return std::max(room / kernels.rows, int64_t{1}) * kernels.rows;
}

// Tiles that go through together, of `pictures`: equal parts, each a multiple of the
// register tile but for the last. Fewer pictures may mean larger parts.
int64_t TilesTogether(const Conv& conv, const Kernels& kernels, int64_t pictures,
                      Way way) {
  const int64_t all = conv.tiling.count() * pictures;
  const int64_t parts = CeilDiv(all, MostTiles(conv, kernels, way));
  return std::min(all, RoundUp(CeilDiv(all, parts), kernels.rows));
}

// Where things are between the steps. Rows (tiles) go in groups of R, the rows of a
// register tile: what one step reads of a group lies together, or most of the time would
// go into waiting for memory.
//   V: [group][point][block][row % R][lane], in bf16 two lanes in a float's place
//   M: [group][panel][point][row % R][n], the fused way with one panel at a time
struct Geometry {
  const Conv& conv;
  const Kernels& kernels;
  int64_t tiles;  // that go through together
  Way way;
  int64_t points = TilePoints(conv.tiling.tile);
  int64_t blocks = conv.shape.ic_padded() / kLane;
  int64_t v_point = conv.shape.ic_padded() / kernels.pack * kernels.rows + kApart;
  int64_t v_group = v_point * points;
  int64_t m_panel = (kernels.panel * kernels.rows + kApart) * points;
  int64_t m_group = m_panel * (way == Way::kShared ? panels() : 1);

  int64_t groups() const { return CeilDiv(tiles, kernels.rows); }
  int64_t panels() const { return CeilDiv(conv.shape.oc_padded(), kernels.panel); }
  int64_t panel_width(int64_t panel) const {
    return std::min(kernels.panel, conv.shape.oc_padded() - panel * kernels.panel);
  }
  int64_t m_point(int64_t panel) const {
    return panel_width(panel) * kernels.rows + kApart;
  }
};

// Points into V, from tile `tile` of a picture, as row `row` of the tiles together.
void TransformInput(const Geometry& g, const float* src, const float* zeros, int64_t tile,
                    int64_t row, float* v) {
  const ConvShape& s = g.conv.shape;
  const Tile kind = g.conv.tiling.tile;
  const int64_t top = tile / g.conv.tiling.across * TileOut(kind) - 1;
  const int64_t left = tile % g.conv.tiling.across * TileOut(kind) - 1;
  std::array<const float*, kMostPoints> pixels;
  for (int64_t i = 0, p = 0; i < TileIn(kind); ++i) {
    const int64_t y = top + i;
    const bool row_there = y >= 0 && y < s.height;
    for (int64_t j = 0; j < TileIn(kind); ++j, ++p) {
      const int64_t x = left + j;
      const bool there = row_there && x >= 0 && x < s.width;
      pixels[static_cast<size_t>(p)] =
          there ? src + (y * s.width + x) * s.ic_padded() : zeros;
    }
  }
  const int64_t r = g.kernels.rows;
  const int64_t lane = kLane / g.kernels.pack;
  g.kernels.input[static_cast<int>(kind)]({pixels.data(), g.blocks,
                                           v + row / r * g.v_group + row % r * lane,
                                           g.v_point, r * lane});
}

// Product of one point and panel for the first `rows` tiles; `m` of the panel.
void Multiply(const Geometry& g, int64_t point, int64_t panel, int64_t rows,
              const float* v, float* m) {
  const ConvShape& s = g.conv.shape;
  const int64_t ic = s.ic_padded();
  g.kernels.gemm({v + point * g.v_point, g.v_group,
                  g.conv.wei.data() + (point * s.oc_padded() + panel * g.kernels.panel) *
                                          ic / g.kernels.pack,
                  m + point * g.m_point(panel), g.m_group, rows, g.blocks,
                  g.panel_width(panel)});
}

// Points of row `row` (`m` of the panel) to tile `tile` of the picture `dst`.
void TransformOutput(const Geometry& g, const float* m, int64_t row, int64_t panel,
                     int64_t tile, float* dst) {
  const ConvShape& s = g.conv.shape;
  const Tile kind = g.conv.tiling.tile;
  const int64_t out = TileOut(kind) / (s.pool ? 2 : 1);
  const int64_t y = tile / g.conv.tiling.across * out;
  const int64_t x = tile % g.conv.tiling.across * out;
  const int64_t channel = panel * g.kernels.panel;
  OutputArgs args;
  const int64_t r = g.kernels.rows;
  args.m = m + row / r * g.m_group + row % r * g.panel_width(panel);
  args.point_stride = g.m_point(panel);
  args.blocks = g.panel_width(panel) / kLane;
  args.bia = g.conv.bia.data() + channel;
  args.dst = dst + (y * s.dst_width() + x) * s.oc_padded() + channel;
  args.row_stride = s.dst_width() * s.oc_padded();
  args.pixel_stride = s.oc_padded();
  args.rows = std::min(out, s.dst_height() - y);
  args.columns = std::min(out, s.dst_width() - x);
  args.pool = s.pool;
  g.kernels.output[static_cast<int>(kind)](args);
}

void FusedChunk(const Geometry& g, const float* src, float* dst, int64_t first,
                int64_t rows, const Scratch& scratch) {
  for (int64_t row = 0; row < rows; ++row) {
    TransformInput(g, src, scratch.zeros, first + row, row, scratch.v);
  }
  for (int64_t panel = 0; panel < g.panels(); ++panel) {
    for (int64_t point = 0; point < g.points; ++point) {
      Multiply(g, point, panel, rows, scratch.v, scratch.m);
    }
    for (int64_t row = 0; row < rows; ++row) {
      TransformOutput(g, scratch.m, row, panel, first + row, dst);
    }
  }
}

}  // namespace

Way FasterWay(const Conv& conv) {
  return conv.tiling.count() < 64 ? Way::kShared : Way::kFused;
}

ScratchSize ScratchFor(const Conv& conv, const Kernels& kernels, int64_t pictures,
                       Way way) {
  const int64_t tiles =
      std::min(conv.tiling.count() * pictures, MostTiles(conv, kernels, way));
  const Geometry g{conv, kernels, tiles, way};
  return {g.groups() * g.v_group, g.groups() * g.m_group};
}

void ConvolveFused(const Conv& conv, const Kernels& kernels, const float* src, float* dst,
                   const Scratch* scratch, const Parallel& parallel) {
  const Geometry g{conv, kernels, TilesTogether(conv, kernels, 1, Way::kFused),
                   Way::kFused};
  const int64_t all = conv.tiling.count();
  parallel(CeilDiv(all, g.tiles), [&](int64_t chunk, int worker) {
    const int64_t first = chunk * g.tiles;
    FusedChunk(g, src, dst, first, std::min(g.tiles, all - first), scratch[worker]);
  });
}

void ConvolveShared(const Conv& conv, const Kernels& kernels, Src src, Dst dst,
                    int64_t count, const Scratch& scratch, const Parallel& parallel) {
  const Geometry g{conv, kernels, TilesTogether(conv, kernels, count, Way::kShared),
                   Way::kShared};
  const int64_t a_picture = conv.tiling.count();
  const int64_t all = a_picture * count;
  for (int64_t first = 0; first < all; first += g.tiles) {
    const int64_t rows = std::min(g.tiles, all - first);
    const auto each_row = [&](const std::function<void(int64_t row)>& step) {
      parallel(CeilDiv(rows, kTilesAnItem), [&](int64_t item, int) {
        const int64_t end = std::min(rows, (item + 1) * kTilesAnItem);
        for (int64_t row = item * kTilesAnItem; row < end; ++row) step(row);
      });
    };
    each_row([&](int64_t row) {
      const int64_t tile = first + row;
      TransformInput(g, src.data + tile / a_picture * src.stride, scratch.zeros,
                     tile % a_picture, row, scratch.v);
    });
    // A point to a thread: its part of V stays in the cache for all panels.
    parallel(g.points, [&](int64_t point, int) {
      for (int64_t panel = 0; panel < g.panels(); ++panel) {
        Multiply(g, point, panel, rows, scratch.v, scratch.m + panel * g.m_panel);
      }
    });
    each_row([&](int64_t row) {
      const int64_t tile = first + row;
      for (int64_t panel = 0; panel < g.panels(); ++panel) {
        TransformOutput(g, scratch.m + panel * g.m_panel, row, panel, tile % a_picture,
                        dst.data + tile / a_picture * dst.stride);
      }
    });
  }
}

void ConvolveDirect(const Conv& conv, const Kernels& kernels, const float* padded,
                    float* dst, const Parallel& parallel) {
  const ConvShape& s = conv.shape;
  const int64_t row = s.width + 2;
  const int64_t oc = s.oc_padded();
  parallel(s.height, [&](int64_t y, int) {
    for (int64_t channel = 0; channel < oc; channel += kernels.panel) {
      kernels.direct({padded + y * row, row * (s.height + 2), row, s.ic,
                      conv.wei.data() + channel * s.ic * 9, conv.bia.data() + channel,
                      dst + y * s.width * oc + channel, oc, s.width,
                      std::min(kernels.panel, oc - channel)});
    }
  });
}

int64_t PaddedPlanes(const ConvShape& shape) {
  return shape.ic * (shape.height + 2) * (shape.width + 2);
}

void PadPlanes(const ConvShape& shape, const float* src, float* padded) {
  const int64_t row = shape.width + 2;
  for (int64_t plane = 0; plane < shape.ic; ++plane) {
    float* to = padded + plane * row * (shape.height + 2);
    std::fill(to, to + row, 0.0F);
    std::fill(to + row * (shape.height + 1), to + row * (shape.height + 2), 0.0F);
    for (int64_t y = 0; y < shape.height; ++y) {
      float* line = to + (y + 1) * row;
      line[0] = line[row - 1] = 0.0F;
      std::memcpy(line + 1, src + (plane * shape.height + y) * shape.width,
                  static_cast<size_t>(shape.width) * sizeof(float));
    }
  }
}

void MaxPool(int64_t height, int64_t width, int64_t channels, const float* src,
             float* dst) {
  const int64_t row = width * channels;
  for (int64_t y = 0; y < height / 2; ++y) {
    for (int64_t x = 0; x < width / 2; ++x, dst += channels) {
      const float* p = src + 2 * (y * row + x * channels);
      for (int64_t c = 0; c < channels; ++c) {
        dst[c] = std::max(std::max(p[c], p[c + channels]),
                          std::max(p[c + row], p[c + row + channels]));
      }
    }
  }
}

}  // namespace pomona::engine::native
