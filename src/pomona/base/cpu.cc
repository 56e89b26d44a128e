// SPDX-License-Identifier: Apache-2.0
#include "pomona/base/cpu.h"

#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <cstring>

namespace pomona {
namespace {

constexpr std::array<std::string_view, 5> kNames = {"portable", "avx2", "avx512",
                                                    "avx512_bf16", "amx_bf16"};

struct Cpuid {
  uint32_t eax = 0, ebx = 0, ecx = 0, edx = 0;
};

Cpuid Query(uint32_t leaf, uint32_t subleaf) {
  Cpuid r;
  __get_cpuid_count(leaf, subleaf, &r.eax, &r.ebx, &r.ecx, &r.edx);
  return r;
}

bool Bit(uint32_t word, int bit) { return ((word >> bit) & 1U) != 0; }

// XCR0: which register states the operating system saves (Intel SDM vol. 1, 13.3).
uint64_t EnabledStates(const Cpuid& leaf1) {
  if (!Bit(leaf1.ecx, 27)) return 0;  // OSXSAVE
  uint32_t low = 0;
  uint32_t high = 0;
  asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (static_cast<uint64_t>(high) << 32) | low;
}

// Feature bits: Intel SDM vol. 2A, CPUID; the same on AMD.
Isa DetectIsa() {
  const Cpuid leaf1 = Query(1, 0);
  const Cpuid leaf7 = Query(7, 0);
  const Cpuid leaf7_1 = Query(7, 1);
  const uint64_t states = EnabledStates(leaf1);
  const bool ymm = (states & 0x6) == 0x6;
  const bool zmm = (states & 0xE6) == 0xE6;
  const bool tiles = (states & 0x60000) == 0x60000;
  if (!ymm || !Bit(leaf7.ebx, 5) || !Bit(leaf1.ecx, 12)) return Isa::kPortable;
  const bool avx512 = zmm && Bit(leaf7.ebx, 16) && Bit(leaf7.ebx, 17) &&
                      Bit(leaf7.ebx, 30) && Bit(leaf7.ebx, 31);  // F, DQ, BW, VL
  if (!avx512) return Isa::kAvx2;
  if (!Bit(leaf7_1.eax, 5)) return Isa::kAvx512;
  const bool amx = tiles && Bit(leaf7.edx, 22) && Bit(leaf7.edx, 24);
  return amx && RequestAmx() ? Isa::kAmxBf16 : Isa::kAvx512Bf16;
}

}  // namespace

std::string_view IsaName(Isa isa) { return kNames[static_cast<size_t>(isa)]; }

std::string CpuClass::ToString() const {
  return vendor + "-" + std::to_string(family) + "-" + std::to_string(model) + "-" +
         std::string(IsaName(isa));
}

bool RequestAmx() {
  constexpr int kArchReqXcompPerm = 0x1023;  // Linux, Documentation/arch/x86/xstate.rst
  constexpr int kXfeatureXtiledata = 18;
  return syscall(SYS_arch_prctl, kArchReqXcompPerm, kXfeatureXtiledata) == 0;
}

CpuClass DetectCpu() {
  CpuClass cpu;
  const Cpuid leaf0 = Query(0, 0);
  std::array<char, 13> vendor{};
  std::memcpy(vendor.data(), &leaf0.ebx, 4);
  std::memcpy(vendor.data() + 4, &leaf0.edx, 4);
  std::memcpy(vendor.data() + 8, &leaf0.ecx, 4);
  cpu.vendor = vendor.data();

  const uint32_t signature = Query(1, 0).eax;
  const int base_family = static_cast<int>((signature >> 8) & 0xF);
  const int base_model = static_cast<int>((signature >> 4) & 0xF);
  cpu.family = base_family;
  cpu.model = base_model;
  if (base_family == 0xF) cpu.family += static_cast<int>((signature >> 20) & 0xFF);
  if (base_family == 0xF || base_family == 0x6) {
    cpu.model |= static_cast<int>((signature >> 12) & 0xF0);
  }

  cpu.isa = DetectIsa();
  if (const char* cap = std::getenv("POMONA_MAX_ISA")) {
    for (size_t i = 0; i < kNames.size(); ++i) {
      if (kNames[i] == cap && static_cast<Isa>(i) < cpu.isa)
        cpu.isa = static_cast<Isa>(i);
    }
  }
  return cpu;
}

}  // namespace pomona
