// SPDX-License-Identifier: Apache-2.0
// The one order in which Pomona merges the states of blocks 0 .. num_blocks - 1: one
// after the other within groups of kMergeGroup (0-15, 16-31, ...), then the groups one
// after the other:
//   ((b0 + b1) + ... + b15) + ((b16 + b17) + ... + b31) + ...
// At most three states are in memory.
#pragma once

#include <algorithm>
#include <cstdint>
#include <type_traits>

#include "pomona/base/status.h"

namespace pomona::stats {

inline constexpr int64_t kMergeGroup = 16;

// What a callable `load(int64_t block)` gives: a Result of a state, flushed.
template <typename Load>
using Loaded = std::invoke_result_t<const Load&, int64_t>;

namespace internal {

template <typename Load>
Loaded<Load> MergeRun(int64_t first, int64_t last, const Load& load) {
  ARROW_ASSIGN_OR_RAISE(auto total, load(first));
  for (int64_t b = first + 1; b < last; ++b) {
    ARROW_ASSIGN_OR_RAISE(const auto next, load(b));
    ARROW_RETURN_NOT_OK(total.Merge(next));
  }
  return total;
}

}  // namespace internal

// In two steps, of which the first may be done anywhere: the groups of `num_blocks`
// blocks, the state of one of them, and the groups merged.
inline int64_t NumMergeGroups(int64_t num_blocks) {
  return (num_blocks + kMergeGroup - 1) / kMergeGroup;
}

template <typename Load>
Loaded<Load> MergeGroup(int64_t group, int64_t num_blocks, const Load& load) {
  const int64_t first = group * kMergeGroup;
  if (group < 0 || first >= num_blocks) {
    return Status::Invalid("no group ", group, " among ", num_blocks,
                           " blocks of moments");
  }
  return internal::MergeRun(first, std::min(first + kMergeGroup, num_blocks), load);
}

template <typename Load>
Loaded<Load> MergeGroups(int64_t num_groups, const Load& load_group) {
  if (num_groups < 1) return Status::Invalid("no blocks of moments to merge");
  return internal::MergeRun(0, num_groups, load_group);
}

// Needs a block.
template <typename Load>
Loaded<Load> MergeTree(int64_t num_blocks, const Load& load) {
  return MergeGroups(NumMergeGroups(num_blocks),
                     [&](int64_t group) { return MergeGroup(group, num_blocks, load); });
}

}  // namespace pomona::stats
