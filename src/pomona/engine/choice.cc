// SPDX-License-Identifier: Apache-2.0
#include "pomona/engine/choice.h"

#include <algorithm>
#include <array>

#include <openvino/core/version.hpp>

namespace pomona::engine {
namespace {

// A class of CPUs with what was measured to be the fastest on it; the first that fits
// counts. Figures: benchmarks/PRECISION.md.
struct CpuRule {
  std::string_view vendor;  // "" is any
  int family;               // 0 is any
  Isa isa;                  // at least
  Choice choice;
};

constexpr Choice kOpenVinoF32 = {Precision::kF32, Backend::kOpenVino};
constexpr Choice kOpenVinoBf16 = {Precision::kBf16, Backend::kOpenVino};
constexpr Choice kNativeF32 = {Precision::kF32, Backend::kNative};
constexpr Choice kNativeBf16 = {Precision::kBf16, Backend::kNative};

// Stacks of 3x3 convolutions: Winograd in f32 beats all but AMX and itself in bf16, which
// is taken where it is asked for.
constexpr std::array<CpuRule, 4> kStackRules = {{
    {"", 0, Isa::kAmxBf16, kOpenVinoBf16},
    {"", 0, Isa::kAvx2, kNativeF32},
    {"", 0, Isa::kAvx512Bf16, kNativeBf16},
    {"", 0, Isa::kPortable, kOpenVinoF32},
}};

constexpr std::array<CpuRule, 4> kOnnxRules = {{
    {"", 0, Isa::kAmxBf16, kOpenVinoBf16},
    {"AuthenticAMD", 25, Isa::kAvx512Bf16, kOpenVinoBf16},  // Zen 4
    {"AuthenticAMD", 26, Isa::kAvx512Bf16, kOpenVinoBf16},  // Zen 5
    {"", 0, Isa::kPortable, kOpenVinoF32},
}};

template <size_t kRules>
std::vector<Choice> Fitting(const std::array<CpuRule, kRules>& rules,
                            const CpuClass& cpu) {
  std::vector<Choice> choices;
  for (const CpuRule& rule : rules) {
    if ((rule.vendor.empty() || rule.vendor == cpu.vendor) &&
        (rule.family == 0 || rule.family == cpu.family) && cpu.isa >= rule.isa) {
      choices.push_back(rule.choice);
    }
  }
  return choices;
}

Status CheckWord(const char* what, const std::string& word,
                 std::initializer_list<std::string_view> known, const char* list) {
  if (std::find(known.begin(), known.end(), word) != known.end()) return Status::OK();
  return Status::Invalid(what, " '", word, "': ", list, " needed");
}

}  // namespace

std::string_view PrecisionName(Precision precision) {
  return precision == Precision::kBf16 ? "bf16" : "f32";
}

std::string_view BackendName(Backend backend) {
  return backend == Backend::kNative ? "native" : "openvino";
}

std::string BackendVersion(Backend backend) {
  if (backend == Backend::kNative) return "native 1";
  return std::string("openvino ") + ov::get_openvino_version().buildNumber;
}

Result<Choice> ResolveChoice(const ChoiceText& text, const std::string& not_stack,
                             const CpuClass& cpu) {
  const bool graph = !not_stack.empty();
  ARROW_RETURN_NOT_OK(CheckWord("precision", text.precision, {"auto", "f32", "bf16"},
                                "auto, f32 or bf16"));
  ARROW_RETURN_NOT_OK(CheckWord("backend", text.backend, {"auto", "openvino", "native"},
                                "auto, openvino or native"));
  if (text.backend == "native" && graph) {
    return Status::Invalid(
        "backend native runs stacks of 3x3 convolutions with ReLU and 2x2 max-pooling up "
        "to one layer, this is none: ",
        not_stack, "; use --backend openvino (or auto)");
  }
  if (text.precision == "bf16" && cpu.isa < Isa::kAvx512Bf16) {
    return Status::Invalid("precision bf16: this CPU (", cpu.ToString(),
                           ") has neither AVX-512 BF16 nor AMX; use f32 or auto");
  }
  // The best that is as asked; where no rule says it, what was asked with OpenVINO.
  std::vector<Choice> choices =
      graph ? Fitting(kOnnxRules, cpu) : Fitting(kStackRules, cpu);
  if (text.backend == "openvino") choices = Fitting(kOnnxRules, cpu);
  for (const Choice& choice : choices) {
    if ((text.precision == "auto" || text.precision == PrecisionName(choice.precision)) &&
        (text.backend == "auto" || text.backend == BackendName(choice.backend))) {
      return choice;
    }
  }
  return Choice{text.precision == "bf16" ? Precision::kBf16 : Precision::kF32,
                text.backend == "native" ? Backend::kNative : Backend::kOpenVino};
}

}  // namespace pomona::engine
