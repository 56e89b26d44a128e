// SPDX-License-Identifier: Apache-2.0
// `--engine spark`: the job by spark-submit and the Python package, its events shown as
// those of a local run.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "pomona/job/run.h"
#include "pomona/job/settings.h"

namespace pomona::cli {

struct SparkFlags {
  std::string engine = "local";  // or "spark"
  std::string master;
  std::vector<std::string> conf;  // "spark.key=value"

  // Invalid where they do not go together, or a --conf is none.
  Status Validate() const;
};

// Runs the job on a cluster as job::Run does on this machine, with the same files.
// Errors: IOError when the master does not answer within 5 s; Invalid when no Python with
// pyspark and Pomona, or no Java is found; Cancelled after `options.stop`; what the job
// says. Spark's own log goes to a file, which the errors that it may explain name.
Result<job::RunReport> RunOnSpark(const std::string& source,
                                  const std::string& destination,
                                  const job::Settings& settings,
                                  const job::RunOptions& options,
                                  const SparkFlags& flags);

}  // namespace pomona::cli
