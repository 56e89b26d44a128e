// SPDX-License-Identifier: Apache-2.0
// The vector type of kernels_avx512.cc and kernels_avx512_bf16.cc, which have their own
// flags: each file has its own copy, so that the linker cannot give one's code to both.
#pragma once

#include <immintrin.h>

namespace pomona::engine::native {
namespace {  // NOLINT(google-build-namespaces): see above

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
  // A factor of a product, one in a float's place.
  static constexpr int kPack = 1;
  static V Broadcast(const float* p) { return Set1(*p); }
  static V Dot(V a, V b, V c) { return Fma(a, b, c); }
  static void StoreFactor(float* p, V x) { Store(p, x); }
};

}  // namespace
}  // namespace pomona::engine::native
