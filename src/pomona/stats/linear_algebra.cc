// SPDX-License-Identifier: Apache-2.0
#include "pomona/stats/linear_algebra.h"

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

}  // namespace pomona::stats
