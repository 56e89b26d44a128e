// SPDX-License-Identifier: Apache-2.0
// What a run tells at its end.
#pragma once

#include <string>
#include <vector>

#include "pomona/job/run.h"
#include "pomona/table/tables.h"

namespace pomona::cli {

struct ReportContext {
  std::string destination;  // as the user wrote it
  bool csv = false;
  bool npz = false;
  std::vector<table::RejectRow> rejects;  // the first few
  bool regions = false;                   // rows of regions, for heads alone
};

// Images, rows, rejects by code, components, rate, files to look at, what to do next.
// True and short; every line is about something that exists.
std::string ReportText(const job::RunReport& report, const ReportContext& context);

// The first `n` rejects of a destination; fewer when files cannot be read.
std::vector<table::RejectRow> FirstRejects(const std::string& destination, size_t n);

}  // namespace pomona::cli
