// SPDX-License-Identifier: Apache-2.0
// Each shape of shapes.txt with each tile, in bf16 too; GFLOP/s are those of a direct
// convolution, so that tiles compare. POMONA_MAX_ISA chooses the instruction set.
#include <benchmark/benchmark.h>

#include "pomona/engine/native/shapes.h"

namespace pomona::engine::native {
namespace {

constexpr int kThreads = 2;

void Run(benchmark::State& state, const ShapeCase& c, Tile tile) {
  const Precision precision = tile == Tile::kF4Even ? Precision::kBf16 : Precision::kF32;
  const Kernels& kernels = KernelsFor(DetectCpu().isa, precision);
  WorkerPool workers(kThreads);
  const Conv conv =
      PackWinograd(c.shape, tile, RandomWeights(c.shape, 2), kernels, &workers)
          .ValueOrDie();
  const Way way = FasterWay(conv);
  const ScratchSize size =
      ScratchFor(conv, kernels, way == Way::kShared ? c.pictures : 1, way);
  const Buffer zeros = Buffer::Make(c.shape.ic_padded()).ValueOrDie();
  std::vector<Buffer> memory;
  std::vector<Scratch> scratch;
  for (int i = 0; i < kThreads; ++i) {
    memory.push_back(Buffer::Make(size.v).ValueOrDie());
    memory.push_back(Buffer::Make(size.m).ValueOrDie());
    scratch.push_back({memory.end()[-2].data(), memory.back().data(), zeros.data()});
  }
  const int64_t area = c.shape.height * c.shape.width;
  const int64_t src_floats = area * c.shape.ic_padded();
  const int64_t dst_floats = area * c.shape.oc_padded();
  Buffer src = Buffer::Make(src_floats * c.pictures).ValueOrDie();
  Buffer dst = Buffer::Make(dst_floats * c.pictures).ValueOrDie();
  std::fill(src.data(), src.data() + src.size(), 0.5F);
  const Parallel parallel = [&](int64_t n, const WorkerPool::Work& work) {
    workers.Run(n, work);
  };
  for (auto _ : state) {
    if (way == Way::kShared) {
      ConvolveShared(conv, kernels, {src.data(), src_floats}, {dst.data(), dst_floats},
                     c.pictures, scratch[0], parallel);
      continue;
    }
    for (int64_t i = 0; i < c.pictures; ++i) {
      ConvolveFused(conv, kernels, src.data() + i * src_floats,
                    dst.data() + i * dst_floats, scratch.data(), parallel);
    }
  }
  const auto flops =
      static_cast<double>(c.pictures * area * 18 * c.shape.ic * c.shape.oc);
  const auto products =
      static_cast<double>(c.pictures * conv.tiling.count() * TilePoints(tile) * 2 *
                          c.shape.ic_padded() * c.shape.oc_padded());
  using benchmark::Counter;
  const auto rate = [&](double x) {
    return Counter(x * 1e-9 * static_cast<double>(state.iterations()), Counter::kIsRate);
  };
  state.counters["GFLOP/s"] = rate(flops);
  state.counters["products"] = rate(products);
  state.counters["us/picture"] =
      Counter(1e-6 * static_cast<double>(state.iterations() * c.pictures),
              Counter::kIsRate | Counter::kInvert);
}

}  // namespace
}  // namespace pomona::engine::native

int main(int argc, char** argv) {
  using namespace pomona::engine::native;  // NOLINT
  for (const ShapeCase& c : ReadShapes()) {
    if (c.shape.ic < 16) continue;  // the picture: direct
    for (const Tile tile : {Tile::kF2, Tile::kF4, Tile::kF6, Tile::kF4Even}) {
      const char* precision = tile == Tile::kF4Even ? "bf16" : "";
      benchmark::RegisterBenchmark(
          (c.name + "/F" + std::to_string(TileOut(tile)) + precision).c_str(),
          [c, tile](benchmark::State& state) { Run(state, c, tile); })
          ->UseRealTime();
    }
  }
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
