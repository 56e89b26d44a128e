// SPDX-License-Identifier: Apache-2.0
// Compiled with AVX-512 F, DQ, BW and VL; runs only where DetectCpu says so.
#include "pomona/engine/native/kernels_template.h"
#include "pomona/engine/native/vector_avx512.h"

namespace pomona::engine::native {

const Kernels kAvx512Kernels = KernelsOf<Avx512>::Table(Isa::kAvx512, Precision::kF32);

}  // namespace pomona::engine::native
