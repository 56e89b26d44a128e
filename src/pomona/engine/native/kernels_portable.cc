// SPDX-License-Identifier: Apache-2.0
// Four floats at a time, without a fused multiply-add: what every x86-64 can run.
#include "pomona/engine/native/bf16.h"
#include "pomona/engine/native/kernels_template.h"

namespace pomona::engine::native {
namespace {

struct Portable {
  typedef float V __attribute__((vector_size(16)));  // NOLINT: `using` loses the size
  static constexpr int kWidth = 4;
  static constexpr int kRows = 2;
  static constexpr int kVectors = 4;
  static V Zero() { return V{}; }
  static V Set1(float x) { return V{x, x, x, x}; }
  static V Load(const float* p) { return *reinterpret_cast<const V*>(p); }
  static void Store(float* p, V x) { *reinterpret_cast<V*>(p) = x; }
  static V Add(V a, V b) { return a + b; }
  static V Sub(V a, V b) { return a - b; }
  static V Mul(V a, V b) { return a * b; }
  static V Fma(V a, V b, V c) { return a * b + c; }
  static V Max(V a, V b) { return a > b ? a : b; }
  // A factor of a product, one in a float's place.
  static constexpr int kPack = 1;
  static V Broadcast(const float* p) { return Set1(*p); }
  static V Dot(V a, V b, V c) { return Fma(a, b, c); }
  static void StoreFactor(float* p, V x) { Store(p, x); }
};

// The reference of bf16: what VDPBF16PS does (Intel's manual, volume 2), product by
// product; that of two bfloat16 is exact in a float.
struct PortableBf16 : Portable {
  static constexpr int kPack = 2;
  typedef uint32_t U __attribute__((vector_size(16)));  // NOLINT: `using` loses the size
  static V Low(V x) { return reinterpret_cast<V>(reinterpret_cast<U>(x) << 16); }
  static V High(V x) { return reinterpret_cast<V>(reinterpret_cast<U>(x) & 0xFFFF0000U); }
  static V Dot(V a, V b, V c) { return c + High(a) * High(b) + Low(a) * Low(b); }
  static V Broadcast(const float* p) {
    uint32_t x = 0;
    __builtin_memcpy(&x, p, sizeof(x));
    return reinterpret_cast<V>(U{x, x, x, x});
  }
  static void StoreFactor(float* p, V x) {
    uint16_t factors[kWidth];
    for (int i = 0; i < kWidth; ++i) factors[i] = RoundToBf16(x[i]);
    __builtin_memcpy(p, factors, sizeof(factors));
  }
};

}  // namespace

const Kernels kPortableKernels =
    KernelsOf<Portable>::Table(Isa::kPortable, Precision::kF32);
const Kernels kPortableBf16Kernels =
    KernelsOf<PortableBf16>::Table(Isa::kPortable, Precision::kBf16);

const Kernels& KernelsFor(Isa isa, Precision precision) {
  if (precision == Precision::kBf16) {
    return isa >= Isa::kAvx512Bf16 ? kAvx512Bf16Kernels : kPortableBf16Kernels;
  }
  if (isa >= Isa::kAvx512) return kAvx512Kernels;
  return isa >= Isa::kAvx2 ? kAvx2Kernels : kPortableKernels;
}

}  // namespace pomona::engine::native
