// SPDX-License-Identifier: Apache-2.0
// Using a saved reducer on new images: its contract and network become the run's
// settings, so that nobody has to remember how it was made.
#pragma once

#include "pomona/base/status.h"
#include "pomona/job/settings.h"
#include "pomona/stats/reducer.h"

namespace pomona::job {

// Overwrites the preprocessing and network settings with those in the reducer's metadata.
// The files of weights "FILE" and of ONNX networks are not in it: settings must name
// them. A reducer without metadata (fitted on bare moments) changes nothing; an imported
// one without them is Invalid: nobody knows what its columns are.
Status AdoptReducerSettings(const stats::Reducer& reducer, Settings* settings);

}  // namespace pomona::job
