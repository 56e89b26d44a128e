// SPDX-License-Identifier: Apache-2.0
// How the tables of a run are written to and read from Parquet: one set of properties, so
// that equal content gives equal bytes, and checks, so that a wrong file is told apart.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <arrow/type_fwd.h>
#include <parquet/type_fwd.h>

#include "pomona/base/status.h"
#include "pomona/store/byte_store.h"
#include "pomona/table/tables.h"

namespace pomona::table {

// Runs `work`, which may throw (Parquet's own calls do); what it threw becomes a Status.
Status CatchAll(const std::function<Status()>& work);

// A Parquet file of kind `table` ("features", ...) being written. zstd level 1, page
// checksums, no time, host or run in it; `vectors` names a list column that is written
// without dictionary and statistics.
class ParquetFile {
 public:
  static Result<std::unique_ptr<ParquetFile>> Create(
      store::ByteStore* store, const std::string& path, std::string_view table,
      const std::shared_ptr<arrow::Schema>& schema, const std::string& vectors,
      const Metadata& metadata);
  ~ParquetFile();
  // Appends rows, in row groups of at most `rows_per_group`.
  Status Write(const std::vector<std::shared_ptr<arrow::Array>>& columns,
               int64_t rows_per_group);
  Status Commit();

 private:
  ParquetFile();
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Opens the file as kind `table`. Invalid for another kind or a newer schema version;
// limits hostile row counts. Nothing but the footer is read yet.
Result<std::unique_ptr<parquet::arrow::FileReader>> OpenParquet(store::ByteStore* store,
                                                                const std::string& path,
                                                                std::string_view table);

// A table, whole or one row group, as one validated chunk a column.
Result<std::shared_ptr<arrow::RecordBatch>> ReadAll(parquet::arrow::FileReader* reader,
                                                    const std::string& path);
Result<std::shared_ptr<arrow::RecordBatch>> ReadGroup(parquet::arrow::FileReader* reader,
                                                      int group, const std::string& path);

// The column `name`, which must have the type `needed` (for a list: any size of list,
// items without nulls) and, unless `nullable`, no nulls. Errors name file, column, type
// found and type needed.
Result<std::shared_ptr<arrow::Array>> Column(const arrow::RecordBatch& batch,
                                             const std::string& path,
                                             const std::string& name,
                                             const arrow::DataType& needed,
                                             bool nullable = false);

}  // namespace pomona::table
