// SPDX-License-Identifier: Apache-2.0
#include "pomona/job/layout.h"

#include <array>
#include <cstdio>

namespace pomona::job {
namespace {

std::string Number(int64_t value, int width) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%0*lld", width, static_cast<long long>(value));
  return text.data();
}

}  // namespace

std::string ListingFolder(int64_t generation) {
  return "listing/gen-" + Number(generation, 4);
}
std::string ListingSummary(int64_t generation) {
  return ListingFolder(generation) + "/listing.json";
}
std::string FeaturesFile(int64_t shard) {
  return "features/part-" + Number(shard, 5) + ".parquet";
}
std::string RejectsFile(int64_t shard) {
  return "rejects/part-" + Number(shard, 5) + ".parquet";
}
std::string MomentsFile(int64_t block) {
  return "moments/block-" + Number(block, 4) + ".bin";
}
std::string ReducerFolder(int64_t generation) {
  return "reducer/gen-" + Number(generation, 4);
}
std::string ReducerFile(int64_t generation) {
  return ReducerFolder(generation) + "/reducer.safetensors";
}
std::string ReducedFolder(int64_t generation) {
  return "reduced/gen-" + Number(generation, 4);
}
std::string ReducedFile(int64_t generation, int64_t shard, const std::string& extension) {
  return ReducedFolder(generation) + "/part-" + Number(shard, 5) + "." + extension;
}
std::string EventsFile(int64_t segment) {
  return "events/" + Number(segment, 4) + ".jsonl";
}
std::string MergedFile(const std::string& run, int64_t group) {
  return std::string(kMergeFolder) + "/" + run + "-" + Number(group, 4) + ".bin";
}
std::string MergeOpenFile(const std::string& run) {
  return std::string(kMergeFolder) + "/" + run + ".open";
}

}  // namespace pomona::job
