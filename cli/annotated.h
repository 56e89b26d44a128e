// SPDX-License-Identifier: Apache-2.0
// Photos with their answers drawn on them, as SVG files in a folder.
#pragma once

#include <string>

#include "pomona/job/settings.h"

#include "answers_text.h"

namespace pomona::cli {

// One file for each photo of `source` that has answers: its path with ".svg" behind it,
// in `folder` (or s3://BUCKET/PREFIX). `tables` have regions. Photos named on the command
// line (`typed`) are named by their last part. Returns how many were written.
Result<int64_t> WriteAnnotated(const AnswerTables& tables,
                               const std::vector<learn::Head>& heads,
                               const std::string& source, const job::Settings& settings,
                               const std::string& folder, const Typed& typed);

}  // namespace pomona::cli
