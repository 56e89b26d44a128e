// SPDX-License-Identifier: Apache-2.0
// Rows for `train`: those of a run, or of pictures, which are extracted first.
#pragma once

#include <string>

#include "options.h"

namespace pomona::cli {

// How pictures become rows.
struct PictureFlags {
  job::Settings settings;
  NormalizeFlags normalize;
  job::RunOptions options;
  std::string rows;  // folder that keeps them; "": a scratch folder
};

void AddPictureRows(CLI::App* app, PictureFlags* flags);

// `source` itself where it holds rows, else a folder with the rows of its pictures:
// flags.rows, or one in `scratch`. What it holds already is not computed again.
Result<std::string> RowsOf(const std::string& source, const PictureFlags& flags,
                           const std::string& scratch, Show show);

}  // namespace pomona::cli
