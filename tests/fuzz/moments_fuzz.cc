// SPDX-License-Identifier: Apache-2.0
// A file of moments that is accepted must fit, transform and be written again. A checksum
// would stop every mutation at the door, so the input is header and payload alone.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "pomona/base/hash.h"
#include "pomona/stats/moments.h"
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
  (void)pomona::stats::Moments::Deserialize(input);
  if (size < kHeader) return 0;
  auto moments = pomona::stats::Moments::Deserialize(Seal(input), 256);
  if (!moments.ok()) return 0;
  auto file = moments->Serialize();
  if (!file.ok() || !pomona::stats::Moments::Deserialize(*file).ok()) std::abort();
  auto reducer = pomona::stats::FitReducer(*moments, {});
  if (!reducer.ok()) return 0;
  auto transformer = pomona::stats::Transformer::Make(*reducer);
  if (!transformer.ok()) return 0;
  const std::vector<float> row(reducer->dim, 1.0F);
  std::vector<float> out(reducer->k());
  (void)transformer->Apply(row.data(), 1, out.data());
  return 0;
}
