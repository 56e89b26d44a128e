// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace pomona::stats {

// The BLAS with the kernels that it chose for this CPU: "OpenBLAS 0.3.21 SkylakeX". Part
// of the plan, for both decide the last bits.
std::string LinearAlgebraVersion();

// OpenBLAS's bits change with its thread count, so it works with one thread, set once for
// the process: call it before any BLAS. (NumPy's and SciPy's wheels have copies of their
// own, which stay as set.)
void UseOneBlasThread();

}  // namespace pomona::stats
