// SPDX-License-Identifier: Apache-2.0
// One fit at the size of Fruits-360's training rows, on made-up rows of its kind: classes
// around centres that lie less far apart than their rows.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <random>
#include <vector>

#include "pomona/learn/softmax.h"

namespace pomona::learn {
namespace {

constexpr int64_t kRows = 70'491;
constexpr int64_t kDim = 256;
constexpr int64_t kClasses = 141;

void BM_Softmax(benchmark::State& state) {
  std::mt19937 random(7);
  std::normal_distribution<float> normal;
  std::vector<float> centres(kClasses * kDim);
  for (float& x : centres) x = 0.2F * normal(random);
  std::vector<float> rows(kRows * kDim);
  std::vector<int32_t> classes(kRows);
  for (int64_t i = 0; i < kRows; ++i) {
    const int64_t c = i % kClasses;
    classes[static_cast<size_t>(i)] = static_cast<int32_t>(c);
    for (int64_t j = 0; j < kDim; ++j) {
      // Columns as of a PCA: later ones vary less.
      const float scale = 30 / static_cast<float>(j + 5);
      rows[static_cast<size_t>(i * kDim + j)] =
          scale * (centres[static_cast<size_t>(c * kDim + j)] + normal(random));
    }
  }
  const double penalty = 1 / static_cast<double>(state.range(0));
  for (auto _ : state) {
    auto softmax =
        Softmax::Make({{rows.data(), classes.data(), kRows}}, kDim, kClasses, true)
            .ValueOrDie();
    benchmark::DoNotOptimize(softmax.Solve(penalty).ok());
    state.counters["evaluations"] = static_cast<double>(softmax.evaluations());
    state.counters["objective"] = softmax.objective();
  }
}
BENCHMARK(BM_Softmax)
    ->Arg(100)
    ->Arg(10'000)
    ->Unit(benchmark::kSecond)
    ->Iterations(1)
    ->MeasureProcessCPUTime()
    ->UseRealTime();

}  // namespace
}  // namespace pomona::learn
