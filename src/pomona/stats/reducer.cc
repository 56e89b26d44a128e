// SPDX-License-Identifier: Apache-2.0
#include "pomona/stats/reducer.h"

#include <algorithm>

namespace pomona::stats {

std::string_view ConventionName(Convention convention) {
  return convention == Convention::kSpark ? "spark" : "sklearn";
}

Result<Convention> ParseConvention(std::string_view name) {
  if (name == "spark") return Convention::kSpark;
  if (name == "sklearn") return Convention::kSklearn;
  return Status::Invalid("convention: '", name, "' is not one of spark, sklearn");
}

Status FitOptions::Validate(int64_t dim) const {
  if (components && variance) {
    return Status::Invalid("components and variance: give one of them, not both");
  }
  if (components && (*components < 1 || *components > dim)) {
    return Status::Invalid("components: ", *components, " is not in 1 to ", dim,
                           ", the number of columns");
  }
  if (variance && !(*variance > 0 && *variance <= 1)) {
    return Status::Invalid("variance: ", *variance,
                           " is not a share: need more than 0, at most 1");
  }
  if (pca == Pca::kSketch && all_eigenvalues) {
    return Status::Invalid(
        "all_eigenvalues: a sketch does not know all of them; fit with "
        "pca exact");
  }
  return Status::OK();
}

std::vector<double> Reducer::explained_variance_ratio() const {
  std::vector<double> ratio = eigenvalues;
  for (double& r : ratio) r = total_variance > 0 ? r / total_variance : 0.0;
  return ratio;
}

}  // namespace pomona::stats
