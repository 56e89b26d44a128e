// SPDX-License-Identifier: Apache-2.0
// A file of moments, or of a sketch, that is accepted must fit, transform and be written
// again. A checksum would stop every mutation at the door, so the input is header and
// payload alone.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "pomona/base/hash.h"
#include "pomona/stats/fit_state.h"
#include "pomona/stats/reducer.h"

namespace {

constexpr size_t kHeader = 40;

std::string Seal(std::string_view input) {
  std::string file(input.substr(0, kHeader));
  file += pomona::HexSha256(input);
  file += input.substr(kHeader);
  return file;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  (void)pomona::stats::FitState::Deserialize(input);
  if (size < kHeader) return 0;
  auto state = pomona::stats::FitState::Deserialize(Seal(input), 256);
  if (!state.ok()) return 0;
  auto twice = *state;
  (void)twice.Merge(*state);
  auto file = state->Serialize();
  if (!file.ok() || !pomona::stats::FitState::Deserialize(*file).ok()) std::abort();
  auto reducer = pomona::stats::FitReducer(*state, {});
  if (!reducer.ok()) return 0;
  auto transformer = pomona::stats::Transformer::Make(*reducer);
  if (!transformer.ok()) return 0;
  const std::vector<float> row(reducer->dim, 1.0F);
  std::vector<float> out(reducer->k());
  (void)transformer->Apply(row.data(), 1, out.data());
  return 0;
}
