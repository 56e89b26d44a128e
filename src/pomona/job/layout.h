// SPDX-License-Identifier: Apache-2.0
// Names of the files of a destination (docs/formats.md). All relative to its root.
#pragma once

#include <cstdint>
#include <string>

namespace pomona::job {

inline constexpr char kPlanFile[] = "plan.json";
inline constexpr char kManifestFile[] = "manifest.json";

std::string ListingFolder(int64_t generation);   // listing/gen-0000
std::string ListingSummary(int64_t generation);  // listing/gen-0000/listing.json
std::string FeaturesFile(int64_t shard);         // features/part-00000.parquet
std::string RejectsFile(int64_t shard);          // rejects/part-00000.parquet
std::string MomentsFile(int64_t block);          // moments/block-0000.bin
std::string ReducerFolder(int64_t generation);   // reducer/gen-0000
std::string ReducerFile(int64_t generation);     // reducer/gen-0000/reducer.safetensors
std::string ReducedFolder(int64_t generation);   // reduced/gen-0000
// reduced/gen-0000/part-00000.EXTENSION
std::string ReducedFile(int64_t generation, int64_t shard, const std::string& extension);
std::string EventsFile(int64_t segment);  // events/0000.jsonl
// Scratch of a merge on a cluster, gone at the end: the groups' states, and a file that
// is there while they are wanted. RUN is the run's id.
inline constexpr char kMergeFolder[] = "merge";
std::string MergedFile(const std::string& run, int64_t group);  // merge/RUN-0000.bin
std::string MergeOpenFile(const std::string& run);              // merge/RUN.open

}  // namespace pomona::job
