// SPDX-License-Identifier: Apache-2.0
#include "pomona/engine/describe.h"

#include <array>
#include <cstdio>

#include "pomona/engine/native/layer_plan.h"

namespace pomona::engine {
namespace {

std::string Cost(double cycles) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.2f Mcycles", cycles * 1e-6);
  return text.data();
}

}  // namespace

std::vector<LayerChoice> DescribeLayers(const model::Backbone& backbone,
                                        const Choice& choice) {
  std::vector<LayerChoice> choices;
  if (choice.backend != Backend::kNative) return choices;
  for (const native::LayerPlan& plan : native::PlanLayers(backbone, choice.precision)) {
    LayerChoice layer{plan.name, plan.candidates[plan.chosen].name, {}};
    for (size_t i = 0; i < plan.candidates.size(); ++i) {
      const native::Candidate& candidate = plan.candidates[i];
      const bool taken = i == plan.chosen;
      if (taken && candidate.cycles > 0) layer.taken += ", " + Cost(candidate.cycles);
      if (taken) continue;
      layer.refused.push_back(
          candidate.name + ": " +
          (candidate.refused.empty() ? Cost(candidate.cycles) : candidate.refused));
    }
    choices.push_back(std::move(layer));
  }
  return choices;
}

}  // namespace pomona::engine
