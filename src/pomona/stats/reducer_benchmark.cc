// SPDX-License-Identifier: Apache-2.0
// Fit and transform of rows of 4,608 columns that are like VGG16's: 89 % zeros, a
// spectrum that falls slowly.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "pomona/stats/reducer.h"

namespace pomona::stats {
namespace {

constexpr int64_t kDim = 4608;

void Check(const Status& status) {
  if (!status.ok()) status.Abort();
}

std::vector<float> Rows(int64_t n) {
  constexpr int64_t kFactors = 40;
  std::mt19937 random(1);
  std::normal_distribution<float> normal;
  std::vector<float> loading(kFactors * kDim), rows(n * kDim);
  for (size_t i = 0; i < loading.size(); ++i) {
    loading[i] = normal(random) / std::sqrt(1.0F + static_cast<float>(i / kDim));
  }
  for (int64_t r = 0; r < n; ++r) {
    float* row = rows.data() + r * kDim;
    for (int64_t c = 0; c < kDim; ++c) row[c] = 2 * normal(random) - 3.5F;
    for (int64_t f = 0; f < kFactors; ++f) {
      const float hidden = normal(random);
      for (int64_t c = 0; c < kDim; ++c) row[c] += hidden * loading[f * kDim + c];
    }
    for (int64_t c = 0; c < kDim; ++c) row[c] = std::max(0.0F, row[c]);
  }
  return rows;
}

Moments Of(const std::vector<float>& rows) {
  Moments m = Moments::Make(kDim).ValueOrDie();
  Check(m.Update(rows.data(), static_cast<int64_t>(rows.size()) / kDim));
  m.Flush();
  return m;
}

void BM_Fit(benchmark::State& state) {
  const Moments moments = Of(Rows(state.range(0)));
  FitOptions options;
  options.components = state.range(1);
  for (auto _ : state) {
    const Reducer reducer = FitReducer(moments, options).ValueOrDie();
    state.SetLabel(reducer.method);
  }
}
BENCHMARK(BM_Fit)
    ->ArgNames({"rows", "k"})
    ->Args({282, 64})
    ->Args({6000, 64})
    ->Unit(benchmark::kMillisecond)
    ->MeasureProcessCPUTime()
    ->UseRealTime();

void BM_Transform(benchmark::State& state) {
  const std::vector<float> rows = Rows(1024);
  FitOptions options;
  options.components = state.range(0);
  const Reducer reducer = FitReducer(Of(rows), options).ValueOrDie();
  const Transformer transformer = Transformer::Make(reducer).ValueOrDie();
  std::vector<float> out(1024 * reducer.k());
  for (auto _ : state) {
    Check(transformer.Apply(rows.data(), 1024, out.data()));
  }
  state.counters["core_ms_per_row"] =
      benchmark::Counter(static_cast<double>(state.iterations()) * 1.024,
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}
BENCHMARK(BM_Transform)->ArgName("k")->Arg(64)->Arg(256)->MeasureProcessCPUTime();

}  // namespace
}  // namespace pomona::stats
