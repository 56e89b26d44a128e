// SPDX-License-Identifier: Apache-2.0
// Feature rows of real pictures in ten made-up classes of 28 neighbours, for tests.
#pragma once

#include <fstream>
#include <iterator>
#include <string>

#include "pomona/base/safetensors.h"
#include "pomona/learn/training.h"

namespace pomona::learn {

inline constexpr int64_t kExampleRows = 280;
inline constexpr int64_t kExampleClasses = 10;

inline std::string GoldenFile(const std::string& name) {
  std::ifstream file(POMONA_SOURCE_DIR "/tests/golden/stats/" + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Groups: seven of four neighbours in each class.
inline TrainingRows ExampleRows() {
  const std::string bytes = GoldenFile("features.safetensors");
  const auto file = ParseSafetensors(bytes).ValueOrDie();
  const auto& features = file.tensors.at("features");
  TrainingRows rows;
  rows.dim = features.shape[1];
  rows.rows = features.ToFloat32().ValueOrDie();
  rows.rows.resize(static_cast<size_t>(kExampleRows * rows.dim));
  for (int64_t i = 0; i < kExampleRows; ++i) {
    const int64_t c = i * kExampleClasses / kExampleRows;
    rows.classes.push_back("class " + std::to_string(c));
    rows.groups.push_back("group " + std::to_string(i / 4));
  }
  return rows;
}

}  // namespace pomona::learn
