// SPDX-License-Identifier: Apache-2.0
// Columns of a Parquet file that someone else wrote: finding them by name or kind, and
// reading them a few rows at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <arrow/type_fwd.h>
#include <parquet/type_fwd.h>

#include "pomona/base/status.h"
#include "pomona/store/source_file.h"

namespace pomona::store {

enum class LeafKind { kBytes, kText, kOther };

// A column without lists in its path; "image.bytes" lies in the struct "image".
struct Leaf {
  std::string name;
  int index = 0;
  LeafKind kind = LeafKind::kOther;
};

class ParquetColumns {
 public:
  // Invalid for what is not Parquet. Memory: a page of a column, not a row group.
  static Result<std::shared_ptr<ParquetColumns>> Open(std::shared_ptr<SourceFile> file);
  ~ParquetColumns();

  const SourceFile& file() const;
  const std::vector<Leaf>& leaves() const;
  int64_t num_rows() const;
  int num_groups() const;
  int64_t rows_of_group(int group) const;

  // The leaf `name`, or its "bytes" where it is a struct. Invalid, listing the columns,
  // when there is none.
  Result<Leaf> Named(const std::string& name) const;
  // The first of `names` of that kind, else the only one of that kind, else none.
  std::optional<Leaf> Guess(LeafKind kind, const std::vector<std::string>& names) const;
  // "path (text), image.bytes (bytes)", for messages.
  std::string ColumnsText() const;

  // Batches of at most `batch_rows` of one row group; column i is leaf `leaves[i]`
  // without its structs. Not thread-safe.
  class Batches {
   public:
    virtual ~Batches() = default;
    // nullopt at the end.
    virtual Result<std::optional<std::vector<std::shared_ptr<arrow::Array>>>> Next() = 0;
  };
  Result<std::unique_ptr<Batches>> ReadGroup(int group, const std::vector<Leaf>& leaves,
                                             int64_t batch_rows);

  // Calls visit(first row of the batch, columns) over the whole file.
  Status Scan(const std::vector<Leaf>& leaves,
              const std::function<Status(
                  int64_t, const std::vector<std::shared_ptr<arrow::Array>>&)>& visit);

 private:
  ParquetColumns();
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Text of a value of any plain type; nullopt for null.
Result<std::optional<std::string>> TextAt(const arrow::Array& column, int64_t row);

}  // namespace pomona::store
