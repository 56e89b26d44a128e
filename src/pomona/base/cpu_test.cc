// SPDX-License-Identifier: Apache-2.0
#include "pomona/base/cpu.h"

#include <cstdlib>

#include <gtest/gtest.h>

namespace pomona {
namespace {

TEST(Cpu, NamesWhatTheCompilerSeesToo) {
  CpuClass cpu = DetectCpu();
  EXPECT_FALSE(cpu.vendor.empty());
  EXPECT_EQ(cpu.isa >= Isa::kAvx2,
            __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"));
  EXPECT_EQ(cpu.isa >= Isa::kAvx512Bf16, __builtin_cpu_supports("avx512bf16") != 0);
  EXPECT_EQ(cpu.ToString(), cpu.vendor + "-" + std::to_string(cpu.family) + "-" +
                                std::to_string(cpu.model) + "-" +
                                std::string(IsaName(cpu.isa)));
}

TEST(Cpu, EnvironmentCapsTheIsa) {
  setenv("POMONA_MAX_ISA", "portable", 1);
  EXPECT_EQ(DetectCpu().isa, Isa::kPortable);
  unsetenv("POMONA_MAX_ISA");
}

}  // namespace
}  // namespace pomona
