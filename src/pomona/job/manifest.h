// SPDX-License-Identifier: Apache-2.0
// The manifest, written last: what a destination holds and how it came about. Everything
// that differs from run to run (run id, host, time) stands here and in events/ alone.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "pomona/base/status.h"
#include "pomona/job/listing.h"
#include "pomona/job/run.h"
#include "pomona/store/byte_store.h"

namespace pomona::job {

// What a process that is not the coordinator computed: shards, blocks, merges.
struct WorkerRecord {
  std::string host;
  std::string cpu;
  int64_t pieces = 0;
};

// This call's part in the run.
struct RunRecord {
  std::string id;  // random, 16 hex digits
  std::string host;
  int64_t pid = 0;
  std::string start;  // ISO 8601, UTC
  std::string end;
  std::string cpu;
  int threads = 0;
  std::map<std::string, double> seconds;  // by stage
  int64_t images = 0;                     // extracted by this call
  double peak_memory_mb = 0;              // of the coordinator
  std::string engine = "local";
  std::vector<WorkerRecord> workers;  // of a cluster, by host and CPU class
};

// What a complete manifest says that a later run needs.
struct ManifestState {
  bool complete = false;
  int64_t generation = -1;
  int64_t shards = 0;       // of all generations that it covers
  std::string runs = "[]";  // JSON of the records so far
  std::string text;         // the whole file
};

struct ManifestContent {
  std::string source;
  std::string weights;  // WeightsKindName
  std::string precision;
  std::string plan_hash;
  bool reduced = true;
  bool features_kept = true;
  int64_t untransformed_shards = 0;  // features were removed before this generation
  std::vector<Generation> generations;
  RunRecord record;
};

std::string HostName();
RunRecord BeginRecord(int threads);
// Sets end and peak memory.
void EndRecord(RunRecord* record);

// The state of `store`'s manifest; not complete when there is none or it is damaged.
Result<ManifestState> ReadManifest(store::ByteStore* store);

// Writes the manifest, complete, and puts its text into `report`.
Status WriteManifest(store::ByteStore* store, const ManifestContent& content,
                     const std::string& earlier_runs, RunReport* report);

}  // namespace pomona::job
