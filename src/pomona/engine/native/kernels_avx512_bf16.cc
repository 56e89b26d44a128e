// SPDX-License-Identifier: Apache-2.0
// Compiled with AVX-512 F, DQ, BW, VL and BF16; runs only where DetectCpu says so.
#include "pomona/engine/native/kernels_template.h"
#include "pomona/engine/native/vector_avx512.h"

namespace pomona::engine::native {
namespace {

struct Avx512Bf16 : Avx512 {
  static constexpr int kPack = 2;
  static V Broadcast(const float* p) {
    int32_t pair = 0;
    __builtin_memcpy(&pair, p, sizeof(pair));
    return _mm512_castsi512_ps(_mm512_set1_epi32(pair));
  }
  static V Dot(V a, V b, V c) {
    return _mm512_dpbf16_ps(c, reinterpret_cast<__m512bh>(a),
                            reinterpret_cast<__m512bh>(b));
  }
  static void StoreFactor(float* p, V x) {
    _mm256_store_si256(reinterpret_cast<__m256i*>(p),
                       reinterpret_cast<__m256i>(_mm512_cvtneps_pbh(x)));
  }
};

}  // namespace

const Kernels kAvx512Bf16Kernels =
    KernelsOf<Avx512Bf16>::Table(Isa::kAvx512Bf16, Precision::kBf16);

}  // namespace pomona::engine::native
