// SPDX-License-Identifier: Apache-2.0
// What reducers of other libraries have in common. Inside job/ and the Python module.
#pragma once

#include <string>

#include "pomona/stats/reducer.h"

namespace pomona::job {

// Metadata of a reducer: the library that it was imported from ("spark", "sklearn").
inline constexpr char kImportedKey[] = "pomona.imported";

// Gives an imported reducer what the other library does not keep (convention, rows, all
// eigenvalues, metadata) from the reducer.json that travelled with an export of ours.
// Changes nothing unless that text speaks of the same transform: it must have the same
// sizes, subtract the mean or not as `reducer` does, and name the same eigenvalues.
void RestoreFromJson(const std::string& json, stats::Reducer* reducer);

}  // namespace pomona::job
