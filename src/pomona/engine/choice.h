// SPDX-License-Identifier: Apache-2.0
// Which engine runs a network, and with which numbers: both decide bits, so a plan
// freezes them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "pomona/base/cpu.h"
#include "pomona/base/status.h"
#include "pomona/model/backbone.h"

namespace pomona::engine {

enum class Precision { kF32, kBf16 };
std::string_view PrecisionName(Precision precision);  // "f32", "bf16"

// kNative: our own, for stacks of 3x3 convolutions (VGGs, ONNX files that are such a
// stack) in f32, and in bf16 where the CPU has AVX-512 BF16. kOpenVino: everything.
enum class Backend { kOpenVino, kNative };
std::string_view BackendName(Backend backend);  // "openvino", "native"

// The engine with its version: "openvino 2026.4.1-...", "native 1". Part of the plan: the
// native number rises with every change of its bits.
std::string BackendVersion(Backend backend);

struct Choice {
  Precision precision = Precision::kF32;
  Backend backend = Backend::kOpenVino;
  bool operator==(const Choice&) const = default;
};

// What a user asks for: "auto", "f32" or "bf16"; "auto", "openvino" or "native".
struct ChoiceText {
  std::string precision = "auto";
  std::string backend = "auto";
};

// A choice with how it came about, for people: "the fastest measured on this CPU class".
struct ChoiceReason {
  Choice choice;
  bool measured = false;  // this CPU class was; else a rule for classes like it
  std::string why;
};

// What "auto" means: a function of the CPU class and the build alone, so that no two
// workers differ. It is a table of recorded measurements (`pomona bench --record`,
// measured.inc), general rules for the classes that nobody measured, and the accuracy
// contract (0008): `auto` keeps f32 where bf16 is known to miss it, however fast it is.
// Invalid for unknown words, for bf16 on a CPU without AVX-512 BF16 or AMX, and for
// networks or precisions that the backend does not have.
// `not_stack`: that of model::Backbone; what is no stack runs on OpenVINO alone.
Result<ChoiceReason> ExplainChoice(const ChoiceText& text, const std::string& not_stack,
                                   const CpuClass& cpu);
// ExplainChoice without the reason.
Result<Choice> ResolveChoice(const ChoiceText& text, const std::string& not_stack,
                             const CpuClass& cpu);

// Everything that this CPU can run such a network with: native before OpenVINO, f32
// before bf16.
std::vector<Choice> PossibleChoices(const std::string& not_stack, const CpuClass& cpu);

}  // namespace pomona::engine
