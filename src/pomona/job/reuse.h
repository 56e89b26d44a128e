// SPDX-License-Identifier: Apache-2.0
// Using a saved reducer on new images: its contract and network become the run's
// settings, so that nobody has to remember how it was made.
#pragma once

#include <map>
#include <string>

#include "pomona/base/status.h"
#include "pomona/job/settings.h"
#include "pomona/stats/reducer.h"

namespace pomona::job {

// Overwrites the preprocessing and network settings with those in the reducer's metadata.
// The files of weights "FILE" and of ONNX networks are not in it: settings must name
// them. A reducer without metadata (fitted on bare moments) changes nothing; an imported
// one without them is Invalid: nobody knows what its columns are.
Status AdoptReducerSettings(const stats::Reducer& reducer, Settings* settings);

// The same from the metadata of rows (of features, of a reducer or a head).
Status AdoptRowSettings(const std::map<std::string, std::string>& metadata,
                        Settings* settings);

}  // namespace pomona::job
