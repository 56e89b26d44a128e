// SPDX-License-Identifier: Apache-2.0
// The columns of feature files that say which part of a photo a row is of.
#pragma once

#include <string>
#include <vector>

#include <arrow/type_fwd.h>

#include "pomona/base/status.h"
#include "pomona/table/tables.h"

namespace pomona::table {

arrow::FieldVector FruitFields();
// All keys have a fruit.
Result<arrow::ArrayVector> FruitColumns(const std::vector<RowKey>& keys);
// Fills in the fruits where the file `path` has them.
Status ReadFruits(const arrow::RecordBatch& batch, const std::string& path,
                  std::vector<RowKey>* keys);

}  // namespace pomona::table
