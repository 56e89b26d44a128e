// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "pomona/engine/choice.h"

namespace pomona::engine {

// What an engine will do for a layer, in the order in which it looked.
struct LayerChoice {
  std::string layer;
  std::string taken;                 // "Winograd F(6x6, 3x3)"
  std::vector<std::string> refused;  // "direct: needs 2 to 5 times as many products"
};

// Empty where the library decides for itself (OpenVINO).
std::vector<LayerChoice> DescribeLayers(const model::Backbone& backbone,
                                        const Choice& choice);

}  // namespace pomona::engine
