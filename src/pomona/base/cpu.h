// SPDX-License-Identifier: Apache-2.0
// What this CPU is, as far as it decides bytes: the plan freezes it (DESIGN, promise 2).
#pragma once

#include <string>
#include <string_view>

namespace pomona {

// Usable instruction sets in rising order; each includes those before it.
enum class Isa { kPortable, kAvx2, kAvx512, kAvx512Bf16, kAmxBf16 };

// "portable", "avx2", "avx512", "avx512_bf16", "amx_bf16".
std::string_view IsaName(Isa isa);

struct CpuClass {
  std::string vendor;  // as CPUID says it: "GenuineIntel", "AuthenticAMD"
  int family = 0;      // displayed (extended) family
  int model = 0;       // displayed (extended) model
  Isa isa = Isa::kPortable;

  // One word for a plan: "AuthenticAMD-26-2-avx512_bf16".
  std::string ToString() const;
  bool operator==(const CpuClass&) const = default;
};

// The CPU that this process runs on. What the operating system does not let us use (AMX
// tiles without permission, AVX-512 state off) does not count. The environment variable
// POMONA_MAX_ISA (a name of IsaName) caps `isa`, for tests.
CpuClass DetectCpu();

// Asks Linux for the AMX tile state; true if this process may use it (or already could).
bool RequestAmx();

}  // namespace pomona
