// SPDX-License-Identifier: Apache-2.0
// What `run`, `extract` and `transform` of images share: the job, shown and reported.
#pragma once

#include "options.h"

namespace pomona::cli {

// SRC and --out.
void AddPlaces(CLI::App* app, RunFlags* flags, const std::string& source_help,
               const std::string& out_help);

// Runs the job that `flags` describe; returns the exit code.
int RunJob(const RunFlags& flags);

}  // namespace pomona::cli
