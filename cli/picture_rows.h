// SPDX-License-Identifier: Apache-2.0
// Rows for what works on rows but is given pictures: these are extracted first.
#pragma once

#include <string>

#include "answers_text.h"
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

// The pictures of `source` as rows in `destination`. Those that cannot be used are told
// on standard error, by their names in `typed`, and left out.
Status ExtractRows(const std::string& source, const std::string& destination,
                   const job::Settings& settings, const job::RunOptions& options,
                   Show show, const Typed& typed = {}, const SparkFlags& spark = {});

// A folder with the rows of the pictures of `source`: `rows`, or one in `scratch` where
// that is "". What it holds already is not computed again.
Result<std::string> RowsOf(const std::string& source, const std::string& rows,
                           const std::string& scratch, const job::Settings& settings,
                           Show show);

// `status` with `source` in place of `rows`, where RowsOf put its rows.
Status ToldOf(const std::string& source, const std::string& rows, const Status& status);

}  // namespace pomona::cli
