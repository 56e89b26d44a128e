// SPDX-License-Identifier: Apache-2.0
// The whole job: images in, reduced table out; resumed, extended, committed file by
// file, computed on this machine or on a cluster. Start reading here; docs/tour.md
// follows one image through it.
#pragma once

#include <cstdint>
#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include "pomona/base/event.h"
#include "pomona/base/status.h"
#include "pomona/job/settings.h"

namespace pomona::job {

class Cluster;

// How a run is done; none of it changes a byte of the result.
struct RunOptions {
  int threads = 0;               // 0: all cores that this process may use
  double max_bad = 0.05;         // share of rejects from which a run gives up, 0 .. 1
  bool overwrite = false;        // remove what is at the destination and start anew
  bool allow_other_cpu = false;  // resume a run that another CPU class or build began
  std::stop_token stop;          // stops at once; the same call resumes
  EventSink* sink = nullptr;     // progress; may be null
  // Computes the pieces of the run; null: this process does, on `threads`.
  Cluster* cluster = nullptr;
  // Whether a cluster's workers of another CPU class than the plan's are refused; else
  // they take part, with a warning in the manifest.
  bool require_same_cpu = false;
};

// What happened. Counts are of the whole destination, not only of this call.
struct RunReport {
  int64_t images = 0;  // listed
  int64_t rows = 0;
  std::map<std::string, int64_t> rejects;  // by code
  int64_t generation = 0;
  int64_t feature_dim = 0;
  int64_t components = 0;         // 0 when not reduced
  double explained_variance = 0;  // share that the components explain
  bool random_weights = false;
  bool nothing_to_do = false;  // the destination was complete already
  double seconds = 0;
  double images_per_second = 0;       // of this call's extraction
  std::vector<std::string> warnings;  // for the user to read
  std::string manifest;               // the JSON text

  int64_t reject_count() const;
};

// Runs `settings` on the images at `source` into `destination`: begins, resumes or, when
// the destination is complete and the source has new images, extends. Errors: Cancelled
// after a stop; AlreadyExists while another run holds the destination; Invalid when the
// destination was made with other settings, listing the differences. Whatever the error,
// everything committed stays and the same call goes on from there.
Result<RunReport> Run(const std::string& source, const std::string& destination,
                      const Settings& settings, const RunOptions& options);

}  // namespace pomona::job
