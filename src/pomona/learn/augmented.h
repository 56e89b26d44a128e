// SPDX-License-Identifier: Apache-2.0
// Rows of pictures as they might have looked elsewhere (image/shelf.h), made while they
// are read: nothing is written. What a head learns from them beside the rows of the
// pictures themselves.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "pomona/base/status.h"
#include "pomona/job/settings.h"
#include "pomona/learn/labelled.h"

namespace pomona::learn {

struct AugmentOptions {
  int64_t copies = 3;  // of each picture, 1 to 100
  uint64_t seed = 1;
  std::string backgrounds;  // a folder (or other source) of pictures; "": drawn
  int threads = 0;          // 0: all cores
  std::function<void(int64_t done, int64_t of)> progress;  // may be empty
  Status Validate() const;
};

// Adds `copies` rows of each labelled picture, of its class and group. `source`: the
// pictures that became `labelled`, with the settings that they were extracted with
// (labelled.metadata are followed where those are open). Bits follow from the pictures,
// seed and backgrounds, not from threads. Pictures that cannot be read are left out, as
// they were before.
Status AddAugmented(const std::string& source, const job::Settings& settings,
                    const AugmentOptions& options, Labelled* labelled);

}  // namespace pomona::learn
