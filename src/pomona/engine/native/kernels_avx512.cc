// SPDX-License-Identifier: Apache-2.0
// Compiled with AVX-512 F, DQ, BW and VL; runs only where DetectCpu says so.
#include <immintrin.h>

#include "pomona/engine/native/kernels_template.h"

namespace pomona::engine::native {
namespace {

// 24 sums, 4 vectors of b and one of a in 32 registers.
struct Avx512 {
  using V = __m512;
  static constexpr int kWidth = 16;
  static constexpr int kRows = 6;
  static constexpr int kVectors = 4;
  static V Zero() { return _mm512_setzero_ps(); }
  static V Set1(float x) { return _mm512_set1_ps(x); }
  static V Load(const float* p) { return _mm512_load_ps(p); }
  static void Store(float* p, V x) { _mm512_store_ps(p, x); }
  static V Add(V a, V b) { return _mm512_add_ps(a, b); }
  static V Sub(V a, V b) { return _mm512_sub_ps(a, b); }
  static V Mul(V a, V b) { return _mm512_mul_ps(a, b); }
  static V Fma(V a, V b, V c) { return _mm512_fmadd_ps(a, b, c); }
  static V Max(V a, V b) { return _mm512_max_ps(a, b); }
};

}  // namespace

const Kernels kAvx512Kernels = KernelsOf<Avx512>::Table(Isa::kAvx512);

}  // namespace pomona::engine::native
