// SPDX-License-Identifier: Apache-2.0
// Between vectors of values and Arrow columns.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <arrow/type_fwd.h>

#include "pomona/base/status.h"

namespace pomona::table {

using ArrayPtr = std::shared_ptr<arrow::Array>;

// Columns made from fn(0) ... fn(n - 1) through the builder's Append or AppendNull
// (std::optional without value). Strings must be UTF-8: Invalid, naming the column.
Result<ArrayPtr> StringColumn(const char* name, int64_t n,
                              const std::function<const std::string&(int64_t)>& fn);
Result<ArrayPtr> OptionalStringColumn(
    const char* name, int64_t n,
    const std::function<const std::optional<std::string>&(int64_t)>& fn);
Result<ArrayPtr> Int64Column(int64_t n, const std::function<int64_t(int64_t)>& fn);
Result<ArrayPtr> BoolColumn(int64_t n, const std::function<bool(int64_t)>& fn);

// fixed_size_list<element: float not null>[dim] over `rows` (n x dim) without a copy;
// `rows` must outlive the column. Invalid unless dim >= 1 and the sizes agree.
Result<ArrayPtr> VectorColumn(const std::vector<float>& rows, int64_t n, int64_t dim);
std::shared_ptr<arrow::DataType> VectorType(int64_t dim);

// The reverse. The types are as written above.
std::string StringAt(const arrow::Array& column, int64_t i);
std::optional<std::string> OptionalStringAt(const arrow::Array& column, int64_t i);
int64_t Int64At(const arrow::Array& column, int64_t i);
bool BoolAt(const arrow::Array& column, int64_t i);
std::vector<float> VectorsOf(const arrow::Array& column, int64_t* dim);

}  // namespace pomona::table
