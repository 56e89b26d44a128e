// SPDX-License-Identifier: Apache-2.0
// What stands in a table of answers (pomona/learn/answers.h).
#pragma once

#include <string>
#include <vector>

#include <arrow/api.h>

namespace pomona::cli {

// The column `name`, which is there and of this type.
template <typename Array>
const Array& Column(const arrow::RecordBatch& batch, const std::string& name) {
  return static_cast<const Array&>(*batch.GetColumnByName(name));
}

// Whether photos have rows for their fruits.
inline bool HasFruits(const arrow::RecordBatch& batch) {
  return batch.GetColumnByName("fruit_index") != nullptr;
}

inline int64_t Whole(const arrow::RecordBatch& batch, const char* name, int64_t i) {
  return Column<arrow::Int64Array>(batch, name).Value(i);
}

// Whether row i is of a fruit in a photo, not of the whole of it.
inline bool IsFruit(const arrow::RecordBatch& batch, int64_t i) {
  return HasFruits(batch) && Whole(batch, "fruit_index", i) > 0;
}

inline std::vector<int64_t> Outline(const arrow::RecordBatch& batch, int64_t i) {
  const auto& lists = Column<arrow::ListArray>(batch, "outline");
  const auto& numbers = static_cast<const arrow::Int64Array&>(*lists.values());
  const int64_t* first = numbers.raw_values();
  return {first + lists.value_offset(i), first + lists.value_offset(i + 1)};
}

}  // namespace pomona::cli
