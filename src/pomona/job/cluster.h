// SPDX-License-Identifier: Apache-2.0
// Where the pieces of a run are computed when not by the process that coordinates it. The
// coordinator (job::Run) keeps the lease, plan, listing and account, and fits; a cluster
// computes pieces, each a job::Tasks of some process, of which nothing but file names and
// counts comes back. Pieces may be computed again, or twice at once: the files are equal.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "pomona/base/status.h"
#include "pomona/job/task_spec.h"

namespace pomona::job {

// What is computed of a piece, and what the piece's number counts.
enum class Work {
  kExtract,    // shard: images -> feature rows and rejects
  kMoments,    // block: feature rows -> moments
  kMerge,      // group of stats::kMergeGroup blocks -> one state, a scratch file
  kTransform,  // shard: feature rows -> reduced rows
};
std::string_view WorkName(Work work);  // "extract", "moments", "merge", "transform"
std::optional<Work> ParseWork(std::string_view name);

// A piece that was committed.
struct PieceDone {
  int64_t piece = 0;
  int64_t rows = 0;        // kExtract, kTransform
  int64_t rejects = 0;     // kExtract
  std::string host;        // of the process that computed it
  std::string cpu;         // its CpuClass as text
  int64_t s3_retries = 0;  // requests it tried again since its piece before
};

class Cluster {
 public:
  using Done = std::function<Status(const PieceDone&)>;
  virtual ~Cluster() = default;
  // For manifest and messages: "spark".
  virtual std::string name() const = 0;
  // Computes `pieces` of `work` as Tasks does, anywhere, in any order. `done` is called
  // once a piece, on the calling thread, soon after its commit; an error of it ends the
  // work and is returned. Cancelled when stopped. Returns when nothing that it started
  // will be waited for.
  virtual Status Compute(Work work, const TaskSpec& spec,
                         const std::vector<int64_t>& pieces, const Done& done,
                         std::stop_token stop) = 0;
};

}  // namespace pomona::job
