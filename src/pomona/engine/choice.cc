// SPDX-License-Identifier: Apache-2.0
#include "pomona/engine/choice.h"

#include <algorithm>
#include <array>
#include <optional>

#include <openvino/core/version.hpp>

namespace pomona::engine {
namespace {

// kStack: 3x3 convolutions, what the native engine runs; kGraph: any other network.
enum class Network { kStack, kGraph };

// What was recorded of one CPU class: measured.inc has a row for each choice, the fastest
// of a network first.
struct MeasuredChoice {
  std::string_view vendor;
  int family;
  int model;
  Isa isa;
  Network network;
  Choice choice;
};

// A guess for the classes that nobody measured; the first that fits counts. Figures:
// benchmarks/PRECISION.md.
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

// Rendered by benchmarks/engines.py from benchmarks/results/engines.json.
constexpr auto kMeasured = std::to_array<MeasuredChoice>({
#include "pomona/engine/measured.inc"
});

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

// The accuracy contract, where `auto` would choose the precision by speed: bf16 may
// change the nearest neighbour of at most 2 of 2,820 test photos. Of stacks it changes 21
// on the native engine and 14 on OpenVINO with AVX-512 BF16 (benchmarks/PRECISION.md):
// there `auto` is f32, whatever was measured. OpenVINO's on AMX, several times as fast,
// and graphs keep the bf16 that they always had; so does who names OpenVINO.
bool AutoMayTake(const Choice& choice, Network network, const CpuClass& cpu,
                 const ChoiceText& text) {
  if (choice.precision == Precision::kF32 || text.precision != "auto") return true;
  if (network == Network::kGraph || text.backend == "openvino") return true;
  return choice.backend == Backend::kOpenVino && cpu.isa >= Isa::kAmxBf16;
}

bool IsAsked(const Choice& choice, const ChoiceText& text) {
  return (text.precision == "auto" ||
          text.precision == PrecisionName(choice.precision)) &&
         (text.backend == "auto" || text.backend == BackendName(choice.backend));
}

std::vector<Choice> Measured(Network network, const CpuClass& cpu) {
  std::vector<Choice> choices;
  for (const MeasuredChoice& row : kMeasured) {
    if (row.network == network && row.vendor == cpu.vendor && row.family == cpu.family &&
        row.model == cpu.model && row.isa == cpu.isa) {
      choices.push_back(row.choice);
    }
  }
  return choices;
}

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

std::string ChoiceName(const Choice& choice) {
  return std::string(BackendName(choice.backend)) + " " +
         std::string(PrecisionName(choice.precision));
}

// The first of `choices`, the fastest first, that is as asked and accurate enough.
std::optional<ChoiceReason> FirstOf(const std::vector<Choice>& choices, Network network,
                                    const CpuClass& cpu, const ChoiceText& text) {
  std::string passed;
  for (const Choice& choice : choices) {
    if (!IsAsked(choice, text)) continue;
    if (AutoMayTake(choice, network, cpu, text))
      return ChoiceReason{choice, false, passed};
    passed += (passed.empty() ? "" : ", ") + ChoiceName(choice);
  }
  return std::nullopt;
}

ChoiceReason Choose(const ChoiceText& text, bool graph, const CpuClass& cpu) {
  if (text.precision != "auto" && text.backend != "auto") {
    return {{text.precision == "bf16" ? Precision::kBf16 : Precision::kF32,
             text.backend == "native" ? Backend::kNative : Backend::kOpenVino},
            false,
            "asked for"};
  }
  const Network network = graph ? Network::kGraph : Network::kStack;
  if (auto found = FirstOf(Measured(network, cpu), network, cpu, text)) {
    const std::string& passed = found->why;
    found->measured = true;
    found->why =
        passed.empty()
            ? "the fastest that was measured on this CPU class"
            : "the fastest measured on this CPU class that is accurate enough; " +
                  passed + " only where --precision bf16 asks for it";
    return *found;
  }
  const std::string rule = "a rule: this CPU class was not measured";
  const auto rules = graph || text.backend == "openvino" ? Fitting(kOnnxRules, cpu)
                                                         : Fitting(kStackRules, cpu);
  if (auto found = FirstOf(rules, network, cpu, text))
    return {found->choice, false, rule};
  // Where no rule says it: what was asked, with OpenVINO.
  return {{text.precision == "bf16" ? Precision::kBf16 : Precision::kF32,
           text.backend == "native" ? Backend::kNative : Backend::kOpenVino},
          false,
          rule};
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

Result<ChoiceReason> ExplainChoice(const ChoiceText& text, const std::string& not_stack,
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
  return Choose(text, graph, cpu);
}

Result<Choice> ResolveChoice(const ChoiceText& text, const std::string& not_stack,
                             const CpuClass& cpu) {
  ARROW_ASSIGN_OR_RAISE(const ChoiceReason found, ExplainChoice(text, not_stack, cpu));
  return found.choice;
}

std::vector<Choice> PossibleChoices(const std::string& not_stack, const CpuClass& cpu) {
  std::vector<Choice> choices;
  for (const Choice& choice : {kNativeF32, kNativeBf16, kOpenVinoF32, kOpenVinoBf16}) {
    const ChoiceText text{std::string(PrecisionName(choice.precision)),
                          std::string(BackendName(choice.backend))};
    if (ExplainChoice(text, not_stack, cpu).ok()) choices.push_back(choice);
  }
  return choices;
}

}  // namespace pomona::engine
