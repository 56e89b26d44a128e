// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "pomona/engine/feature_extractor.h"

namespace pomona::engine {
namespace {

// A class of CPUs on which bf16 was measured to be the faster by a good margin. Figures:
// benchmarks/PRECISION.md. Everything else runs f32.
struct Bf16Class {
  std::string_view vendor;  // "" is any
  int family;               // 0 is any
  Isa isa;                  // at least
};

constexpr std::array<Bf16Class, 3> kBf16Classes = {{
    {"", 0, Isa::kAmxBf16},
    {"AuthenticAMD", 25, Isa::kAvx512Bf16},  // Zen 4
    {"AuthenticAMD", 26, Isa::kAvx512Bf16},  // Zen 5
}};

bool HasBf16(const CpuClass& cpu) { return cpu.isa >= Isa::kAvx512Bf16; }

}  // namespace

std::string_view PrecisionName(Precision precision) {
  return precision == Precision::kBf16 ? "bf16" : "f32";
}

Precision AutoPrecision(const CpuClass& cpu) {
  const bool bf16 =
      std::any_of(kBf16Classes.begin(), kBf16Classes.end(), [&cpu](const Bf16Class& c) {
        return (c.vendor.empty() || c.vendor == cpu.vendor) &&
               (c.family == 0 || c.family == cpu.family) && cpu.isa >= c.isa;
      });
  return bf16 ? Precision::kBf16 : Precision::kF32;
}

Result<Precision> ResolvePrecision(const std::string& text, const CpuClass& cpu) {
  if (text == "auto") return AutoPrecision(cpu);
  if (text == "f32") return Precision::kF32;
  if (text != "bf16") {
    return Status::Invalid("precision '", text, "': auto, f32 or bf16 needed");
  }
  if (HasBf16(cpu)) return Precision::kBf16;
  return Status::Invalid("precision bf16: this CPU (", cpu.ToString(),
                         ") has neither AVX-512 BF16 nor AMX; use f32 or auto");
}

}  // namespace pomona::engine
