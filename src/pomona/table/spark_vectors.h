// SPDX-License-Identifier: Apache-2.0
// Vectors and matrices of Spark ML (its types VectorUDT and MatrixUDT) in Parquet: the
// data of a saved Spark model, which are one row. Written without Spark; Spark knows the
// types by the file's key org.apache.spark.sql.parquet.row.metadata.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "pomona/base/status.h"
#include "pomona/store/byte_store.h"

namespace pomona::table {

// Sides of a vector or matrix, and numbers in one: what is larger is refused.
inline constexpr int64_t kMaxSparkSide = 65'535;
inline constexpr int64_t kMaxSparkNumbers = int64_t{1} << 28;

struct SparkValue {
  std::string name;
  bool is_matrix = false;
  int64_t rows = 0;  // size of a vector
  int64_t cols = 1;
  std::vector<double> values;  // a matrix column by column
};

// One row, dense. Same content, same bytes.
Status WriteSparkRow(store::ByteStore* store, const std::string& path,
                     const std::vector<SparkValue>& row);

// The first row; dense, sparse and transposed values come out dense. Hostile input: sizes
// and indices are checked. Errors name the file and the column.
Result<std::vector<SparkValue>> ReadSparkRow(store::ByteStore* store,
                                             const std::string& path);

}  // namespace pomona::table
