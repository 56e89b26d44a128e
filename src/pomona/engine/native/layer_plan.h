// SPDX-License-Identifier: Apache-2.0
// How the native engine will compute each layer of a network, decided before anything is
// packed: the list of what it could do, in order, each taken or refused with a reason.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "pomona/engine/native/winograd.h"
#include "pomona/model/backbone.h"

namespace pomona::engine::native {

struct Candidate {
  std::string name;     // "direct", "Winograd F(6x6, 3x3)"
  std::string refused;  // why it cannot be; "" where it can
  double cycles = 0;    // of one core for a picture, estimated; 0 if refused
};

struct LayerPlan {
  std::string name;
  // nullopt: a max-pooling that no convolution takes along.
  std::optional<ConvShape> conv;
  std::optional<Tile> tile;  // nullopt: direct, always in f32
  std::vector<Candidate> candidates;
  size_t chosen = 0;  // of candidates
};

// The tile that should cost the least time, by the shape alone (bits depend on it, so
// neither threads nor batch may): products, transforms, and reading the weights once for
// as many pictures of this input size as go through together.
Tile ChooseTile(const ConvShape& shape, int64_t pictures,
                Precision precision = Precision::kF32);

// The layers of a stack; a pool behind a Winograd convolution is part of it.
std::vector<LayerPlan> PlanLayers(const model::Backbone& backbone,
                                  Precision precision = Precision::kF32);

}  // namespace pomona::engine::native
