// SPDX-License-Identifier: Apache-2.0
#include "pomona/job/run.h"

namespace pomona::job {

int64_t RunReport::reject_count() const {
  int64_t sum = 0;
  for (const auto& [code, count] : rejects) sum += count;
  return sum;
}

}  // namespace pomona::job
