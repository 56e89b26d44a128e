// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "info.h"
#include "scree.h"
#include "text.h"

namespace pomona::cli {

std::string ReducerText(const stats::Reducer& reducer, const View& view) {
  const auto shares = reducer.explained_variance_ratio();
  const auto kept = static_cast<size_t>(reducer.k());
  double explained = 0;
  for (size_t i = 0; i < std::min(kept, shares.size()); ++i) explained += shares[i];
  const std::string rows =
      reducer.count > 0 ? Count(reducer.count, "row") : "rows of another program";
  std::string text =
      Field("reducer", Count(reducer.dim, "column") + " -> " +
                           Count(reducer.k(), "component") + ", fitted on " + rows);
  text += Field(
      "convention",
      std::string(reducer.convention == stats::Convention::kSpark ? "spark" : "sklearn") +
          (reducer.center ? ", centred" : ", not centred"));
  text += Field("explained",
                Percent(explained) + " of the variance (" + reducer.method + ")");
  if (reducer.sketch) {
    text += Field("sketch", "of " + Count(reducer.sketch->rank, "direction") +
                                "; exact components explain an estimated " +
                                Percent(reducer.sketch->missed) +
                                " more at most, surely no more than " +
                                Percent(reducer.sketch->outside));
  }
  if (const auto found = reducer.metadata.find("pomona.weights");
      found != reducer.metadata.end()) {
    text += Field("weights", Printable(found->second));
  }
  return text + "\n" + ScreeBars(shares, kept, view.width, view.unicode);
}

Info ReducerInfo(const stats::Reducer& reducer, const View& view) {
  return {ReducerText(reducer, view), reducer.ToJson()};
}

}  // namespace pomona::cli
