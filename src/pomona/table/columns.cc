// SPDX-License-Identifier: Apache-2.0
#include "pomona/table/columns.h"

#include <limits>

#include <arrow/api.h>
#include <arrow/util/utf8.h>

namespace pomona::table {
namespace {

Status CheckUtf8(const char* name, const std::string& value) {
  if (arrow::util::ValidateUTF8(value)) return Status::OK();
  return Status::Invalid("column '", name, "': a value is not UTF-8");
}

}  // namespace

Result<ArrayPtr> StringColumn(const char* name, int64_t n,
                              const std::function<const std::string&(int64_t)>& fn) {
  arrow::util::InitializeUTF8();
  arrow::StringBuilder builder;
  for (int64_t i = 0; i < n; ++i) {
    const std::string& value = fn(i);
    ARROW_RETURN_NOT_OK(CheckUtf8(name, value));
    ARROW_RETURN_NOT_OK(builder.Append(value));
  }
  return builder.Finish();
}

Result<ArrayPtr> OptionalStringColumn(
    const char* name, int64_t n,
    const std::function<const std::optional<std::string>&(int64_t)>& fn) {
  arrow::util::InitializeUTF8();
  arrow::StringBuilder builder;
  for (int64_t i = 0; i < n; ++i) {
    const auto& value = fn(i);
    if (value.has_value()) {
      ARROW_RETURN_NOT_OK(CheckUtf8(name, *value));
      ARROW_RETURN_NOT_OK(builder.Append(*value));
    } else {
      ARROW_RETURN_NOT_OK(builder.AppendNull());
    }
  }
  return builder.Finish();
}

Result<ArrayPtr> Int64Column(int64_t n, const std::function<int64_t(int64_t)>& fn) {
  arrow::Int64Builder builder;
  for (int64_t i = 0; i < n; ++i) ARROW_RETURN_NOT_OK(builder.Append(fn(i)));
  return builder.Finish();
}

Result<ArrayPtr> BoolColumn(int64_t n, const std::function<bool(int64_t)>& fn) {
  arrow::BooleanBuilder builder;
  for (int64_t i = 0; i < n; ++i) ARROW_RETURN_NOT_OK(builder.Append(fn(i)));
  return builder.Finish();
}

std::shared_ptr<arrow::DataType> VectorType(int64_t dim) {
  return arrow::fixed_size_list(arrow::field("element", arrow::float32(), false),
                                static_cast<int32_t>(dim));
}

Result<ArrayPtr> VectorColumn(const std::vector<float>& rows, int64_t n, int64_t dim) {
  if (dim < 1 || dim > std::numeric_limits<int32_t>::max() ||
      static_cast<int64_t>(rows.size()) != n * dim) {
    return Status::Invalid("a table of ", n, " rows of ", dim, " numbers has ",
                           rows.size(), " numbers");
  }
  auto buffer =
      std::make_shared<arrow::Buffer>(reinterpret_cast<const uint8_t*>(rows.data()),
                                      static_cast<int64_t>(rows.size() * sizeof(float)));
  auto values = std::make_shared<arrow::FloatArray>(n * dim, std::move(buffer));
  return std::make_shared<arrow::FixedSizeListArray>(VectorType(dim), n,
                                                     std::move(values));
}

std::string StringAt(const arrow::Array& column, int64_t i) {
  return static_cast<const arrow::StringArray&>(column).GetString(i);
}

std::optional<std::string> OptionalStringAt(const arrow::Array& column, int64_t i) {
  if (column.IsNull(i)) return std::nullopt;
  return StringAt(column, i);
}

int64_t Int64At(const arrow::Array& column, int64_t i) {
  return static_cast<const arrow::Int64Array&>(column).Value(i);
}

bool BoolAt(const arrow::Array& column, int64_t i) {
  return static_cast<const arrow::BooleanArray&>(column).Value(i);
}

std::vector<float> VectorsOf(const arrow::Array& column, int64_t* dim) {
  const auto& list = static_cast<const arrow::FixedSizeListArray&>(column);
  const auto& values = static_cast<const arrow::FloatArray&>(*list.values());
  *dim = list.value_length();
  const float* begin = values.raw_values() + list.value_offset(0);
  return {begin, begin + list.length() * *dim};
}

}  // namespace pomona::table
