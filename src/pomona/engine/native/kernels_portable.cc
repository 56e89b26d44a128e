// SPDX-License-Identifier: Apache-2.0
// Four floats at a time, without a fused multiply-add: what every x86-64 can run.
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
};

}  // namespace

const Kernels kPortableKernels = KernelsOf<Portable>::Table(Isa::kPortable);

const Kernels& KernelsFor(Isa isa) {
  if (isa >= Isa::kAvx512) return kAvx512Kernels;
  return isa >= Isa::kAvx2 ? kAvx2Kernels : kPortableKernels;
}

}  // namespace pomona::engine::native
