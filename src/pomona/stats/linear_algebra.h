// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace pomona::stats {

// The BLAS with the kernels that it chose for this CPU: "OpenBLAS 0.3.21 SkylakeX". Part
// of the plan, for both decide the last bits.
std::string LinearAlgebraVersion();

}  // namespace pomona::stats
