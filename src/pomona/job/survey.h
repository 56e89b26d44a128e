// SPDX-License-Identifier: Apache-2.0
// A source that is only listed, for a forecast.
#pragma once

#include <memory>
#include <string>

#include "pomona/base/status.h"
#include "pomona/store/image_source.h"

namespace pomona::job {

// As store::OpenImageSource, of which List alone will be called. A list of names that is
// sorted and plain, as programs write them, is streamed from its file: ten million names
// take no memory. Any other list (order, duplicates, a path written in several ways) is
// read as a run reads it.
Result<std::unique_ptr<store::ImageSource>> OpenSurvey(
    const std::string& uri, const store::SourceOptions& options);

}  // namespace pomona::job
