// SPDX-License-Identifier: Apache-2.0
// Core time (CPU time of all threads) for each row of 4,608 columns.
#include <benchmark/benchmark.h>

#include <random>
#include <vector>

#include "pomona/stats/moments.h"

namespace pomona::stats {
namespace {

constexpr int64_t kDim = 4608;

void Check(const Status& status) {
  if (!status.ok()) status.Abort();
}

// Columns with their own share of nonzeros, as VGG16's: `percent` on the average.
std::vector<float> Rows(int64_t n, int64_t dim, int64_t percent) {
  std::mt19937 random(1);
  std::uniform_real_distribution<float> uniform;
  std::vector<float> share(dim), rows(n * dim);
  for (float& s : share) {
    const float u = uniform(random);
    s = percent == 100 ? 1.0F : 2.0F * u * static_cast<float>(percent) / 100.0F;
  }
  for (size_t i = 0; i < rows.size(); ++i) {
    if (uniform(random) < share[i % dim]) rows[i] = 40 * uniform(random);
  }
  return rows;
}

void ReportRows(benchmark::State& state, int64_t n) {
  state.counters["core_ms_per_row"] =
      benchmark::Counter(static_cast<double>(state.iterations() * n) / 1000,
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void BM_Update(benchmark::State& state) {
  constexpr int64_t kRows = 2 * kChunkRows;
  const std::vector<float> rows = Rows(kRows, kDim, state.range(0));
  Moments moments = Moments::Make(kDim).ValueOrDie();
  for (auto _ : state) {
    Check(moments.Update(rows.data(), kRows));
  }
  ReportRows(state, kRows);
}
BENCHMARK(BM_Update)->Arg(11)->Arg(30)->Arg(100)->MeasureProcessCPUTime();

void BM_Merge(benchmark::State& state) {
  const std::vector<float> rows = Rows(64, kDim, 11);
  Moments a = Moments::Make(kDim).ValueOrDie();
  Check(a.Update(rows.data(), 64));
  a.Flush();
  Moments b = a;
  for (auto _ : state) {
    Check(b.Merge(a));
  }
}
BENCHMARK(BM_Merge)->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime();

}  // namespace
}  // namespace pomona::stats
