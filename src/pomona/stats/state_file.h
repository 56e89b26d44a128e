// SPDX-License-Identifier: Apache-2.0
// The file that moments and sketches are kept in (docs/formats.md): a header that says
// what it is and a checksum over all of it.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "pomona/base/status.h"

namespace pomona::stats::internal {

enum class StateForm : uint32_t { kTriangle = 0, kRows = 1, kSketch = 2 };

struct StateFile {
  StateForm form = StateForm::kTriangle;
  int64_t dim = 0;
  int64_t count = 0;
  std::string_view payload;
};

// `parts`, one after the other, are the payload.
std::string WriteStateFile(StateForm form, int64_t dim, int64_t count,
                           std::initializer_list<std::string_view> parts);

// What a file says that it is, unchecked; kTriangle of one too short to say.
StateForm FormOf(std::string_view file);

// Of a whole and undamaged file. The payload is the file's memory and may be anything.
Result<StateFile> OpenStateFile(std::string_view file, int64_t max_dim);

template <typename T>
std::string_view BytesOf(const T& numbers) {
  return {reinterpret_cast<const char*>(numbers.data()),
          numbers.size() * sizeof(*numbers.data())};
}

}  // namespace pomona::stats::internal
