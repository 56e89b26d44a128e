// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pomona/engine/feature_extractor.h"

namespace pomona::engine {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

TEST(Precision, AutoIsBf16WhereItWasMeasuredToBeFaster) {
  const struct {
    CpuClass cpu;
    Precision precision;
  } cases[] = {
      {{"GenuineIntel", 6, 143, Isa::kAmxBf16}, Precision::kBf16},
      {{"GenuineIntel", 6, 143, Isa::kAvx512Bf16}, Precision::kF32},
      {{"AuthenticAMD", 25, 17, Isa::kAvx512Bf16}, Precision::kBf16},
      {{"AuthenticAMD", 26, 2, Isa::kAvx512Bf16}, Precision::kBf16},
      {{"AuthenticAMD", 26, 2, Isa::kAvx512}, Precision::kF32},
      {{"AuthenticAMD", 25, 1, Isa::kAvx2}, Precision::kF32},
      {{"GenuineIntel", 6, 85, Isa::kAvx512}, Precision::kF32},
      {{"", 0, 0, Isa::kPortable}, Precision::kF32},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(AutoPrecision(c.cpu), c.precision) << c.cpu.ToString();
    EXPECT_EQ(*ResolvePrecision("auto", c.cpu), c.precision);
    EXPECT_EQ(*ResolvePrecision("f32", c.cpu), Precision::kF32);
  }
}

TEST(Precision, ResolveRefusesWhatTheCpuOrTheLanguageLacks) {
  const CpuClass old{"GenuineIntel", 6, 85, Isa::kAvx512};
  EXPECT_THAT(ResolvePrecision("bf16", old).status().message(),
              AllOf(HasSubstr("GenuineIntel-6-85-avx512"), HasSubstr("AMX")));
  EXPECT_THAT(ResolvePrecision("fp16", old).status().message(),
              AllOf(HasSubstr("'fp16'"), HasSubstr("auto, f32 or bf16")));
  const CpuClass recent{"AuthenticAMD", 26, 2, Isa::kAvx512Bf16};
  EXPECT_EQ(*ResolvePrecision("bf16", recent), Precision::kBf16);
}

TEST(Precision, Names) {
  EXPECT_EQ(PrecisionName(Precision::kF32), "f32");
  EXPECT_EQ(PrecisionName(Precision::kBf16), "bf16");
}

}  // namespace
}  // namespace pomona::engine
