// SPDX-License-Identifier: Apache-2.0
#include "pomona/stats/linear_algebra.h"

#include <cblas.h>

#include <mutex>
#include <sstream>

extern "C" {
char* openblas_get_config();
char* openblas_get_corename();
}

namespace pomona::stats {

std::string LinearAlgebraVersion() {
  // "OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH ...": the first two words are name and
  // version.
  std::istringstream config(openblas_get_config());
  std::string name;
  std::string version;
  config >> name >> version;
  return name + " " + version + " " + openblas_get_corename();
}

void UseOneBlasThread() {
  static std::once_flag once;
  std::call_once(once, [] { openblas_set_num_threads(1); });
}

}  // namespace pomona::stats
