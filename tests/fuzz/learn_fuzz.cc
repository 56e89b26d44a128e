// SPDX-License-Identifier: Apache-2.0
// Heads and taxonomies: what parses must answer for a row, and survive a round trip.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "pomona/learn/head.h"
#include "pomona/learn/taxonomy.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view file(reinterpret_cast<const char*>(data), size);
  (void)pomona::learn::Taxonomy::FromCsv(file, "fuzzed");
  auto head = pomona::learn::Head::FromSafetensors(file);
  if (!head.ok()) return 0;
  const std::vector<float> row(static_cast<size_t>(head->dim()), 1.0F);
  if (!head->Predict(row.data(), 1).ok()) std::abort();
  (void)head->ToJson();
  auto written = head->ToSafetensors();
  if (!written.ok()) std::abort();
  if (!pomona::learn::Head::FromSafetensors(*written).ok()) std::abort();
  return 0;
}
