// SPDX-License-Identifier: Apache-2.0
// Compiled with AVX2 and FMA; runs only where DetectCpu says so.
#include <immintrin.h>

#include "pomona/engine/native/kernels_template.h"

namespace pomona::engine::native {
namespace {

// 12 sums, 2 vectors of b and one of a in 16 registers.
struct Avx2 {
  using V = __m256;
  static constexpr int kWidth = 8;
  static constexpr int kRows = 6;
  static constexpr int kVectors = 2;
  static V Zero() { return _mm256_setzero_ps(); }
  static V Set1(float x) { return _mm256_set1_ps(x); }
  static V Load(const float* p) { return _mm256_load_ps(p); }
  static void Store(float* p, V x) { _mm256_store_ps(p, x); }
  static V Add(V a, V b) { return _mm256_add_ps(a, b); }
  static V Sub(V a, V b) { return _mm256_sub_ps(a, b); }
  static V Mul(V a, V b) { return _mm256_mul_ps(a, b); }
  static V Fma(V a, V b, V c) { return _mm256_fmadd_ps(a, b, c); }
  static V Max(V a, V b) { return _mm256_max_ps(a, b); }
  // A factor of a product, one in a float's place.
  static constexpr int kPack = 1;
  static V Broadcast(const float* p) { return Set1(*p); }
  static V Dot(V a, V b, V c) { return Fma(a, b, c); }
  static void StoreFactor(float* p, V x) { Store(p, x); }
};

}  // namespace

const Kernels kAvx2Kernels = KernelsOf<Avx2>::Table(Isa::kAvx2, Precision::kF32);

}  // namespace pomona::engine::native
