// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <utility>

#include <arrow/api.h>
#include <arrow/io/interfaces.h>
#include <parquet/arrow/reader.h>
#include <parquet/file_reader.h>

#include "pomona/table/parquet_file.h"
#include "pomona/table/spark_vectors.h"

namespace pomona::table {
namespace {

using arrow::Type;

constexpr int64_t kMaxFile = int64_t{4} << 30;

// The fields of one vector or matrix: of the first row of a struct column.
class Fields {
 public:
  explicit Fields(const arrow::StructArray& column) : column_(column) {}

  Result<std::shared_ptr<arrow::Array>> Get(const char* name, Type::type type) const {
    auto child = column_.GetFieldByName(name);
    if (child == nullptr || child->type_id() != type || child->length() < 1) {
      return Status::Invalid("has no field '", name, "' of the right type");
    }
    return child;
  }
  Result<int64_t> Int(const char* name) const {
    ARROW_ASSIGN_OR_RAISE(const auto child, Get(name, Type::INT32));
    if (child->IsNull(0)) return Status::Invalid("field '", name, "' is empty");
    return std::static_pointer_cast<arrow::Int32Array>(child)->Value(0);
  }
  Result<bool> IsDense() const {
    ARROW_ASSIGN_OR_RAISE(const auto child, Get("type", Type::INT8));
    const int kind = std::static_pointer_cast<arrow::Int8Array>(child)->Value(0);
    if (child->IsNull(0) || kind < 0 || kind > 1) {
      return Status::Invalid("is neither dense (1) nor sparse (0)");
    }
    return kind == 1;
  }
  Result<bool> Bool(const char* name) const {
    ARROW_ASSIGN_OR_RAISE(const auto child, Get(name, Type::BOOL));
    return std::static_pointer_cast<arrow::BooleanArray>(child)->Value(0);
  }
  template <typename ArrayType, typename T>
  Result<std::vector<T>> List(const char* name) const {
    ARROW_ASSIGN_OR_RAISE(const auto child, Get(name, Type::LIST));
    const auto list = std::static_pointer_cast<arrow::ListArray>(child)->value_slice(0);
    if (list->type_id() != ArrayType::TypeClass::type_id || list->null_count() > 0) {
      return Status::Invalid("field '", name, "' has items of another type, or none");
    }
    const auto& items = static_cast<const ArrayType&>(*list);
    return std::vector<T>(items.raw_values(), items.raw_values() + items.length());
  }
  Result<std::vector<double>> Doubles(const char* name) const {
    return List<arrow::DoubleArray, double>(name);
  }
  Result<std::vector<int32_t>> Ints(const char* name) const {
    return List<arrow::Int32Array, int32_t>(name);
  }

 private:
  const arrow::StructArray& column_;
};

Status CheckCount(size_t found, int64_t needed, const char* what) {
  if (static_cast<int64_t>(found) == needed) return Status::OK();
  return Status::Invalid("has ", found, " ", what, ", not ", needed);
}

Status CheckSides(int64_t rows, int64_t cols) {
  if (rows >= 0 && rows <= kMaxSparkSide && cols >= 0 && cols <= kMaxSparkSide &&
      rows * cols <= kMaxSparkNumbers) {
    return Status::OK();
  }
  return Status::Invalid("claims ", rows, " x ", cols, " numbers: more than ",
                         kMaxSparkSide, " a side or ", kMaxSparkNumbers, " in all");
}

Status ReadVector(const Fields& fields, SparkValue* out) {
  ARROW_ASSIGN_OR_RAISE(const bool dense, fields.IsDense());
  ARROW_ASSIGN_OR_RAISE(auto values, fields.Doubles("values"));
  if (dense) {
    out->rows = static_cast<int64_t>(values.size());
    out->values = std::move(values);
    return CheckSides(out->rows, 1);
  }
  ARROW_ASSIGN_OR_RAISE(out->rows, fields.Int("size"));
  ARROW_ASSIGN_OR_RAISE(const auto indices, fields.Ints("indices"));
  ARROW_RETURN_NOT_OK(CheckSides(out->rows, 1));
  ARROW_RETURN_NOT_OK(
      CheckCount(indices.size(), static_cast<int64_t>(values.size()), "indices"));
  out->values.assign(static_cast<size_t>(out->rows), 0.0);
  for (size_t i = 0; i < indices.size(); ++i) {
    if (indices[i] < 0 || indices[i] >= out->rows) {
      return Status::Invalid("has index ", indices[i], " of ", out->rows);
    }
    out->values[static_cast<size_t>(indices[i])] = values[i];
  }
  return Status::OK();
}

// Compressed columns (of the transposed matrix: rows) to dense columns.
Result<std::vector<double>> Spread(const Fields& fields, int64_t major, int64_t minor,
                                   const std::vector<double>& values) {
  ARROW_ASSIGN_OR_RAISE(const auto starts, fields.Ints("colPtrs"));
  ARROW_ASSIGN_OR_RAISE(const auto indices, fields.Ints("rowIndices"));
  ARROW_RETURN_NOT_OK(CheckCount(starts.size(), major + 1, "column starts"));
  const auto n = static_cast<int64_t>(values.size());
  ARROW_RETURN_NOT_OK(CheckCount(indices.size(), n, "row indices"));
  std::vector<double> dense(static_cast<size_t>(major * minor), 0.0);
  for (int64_t c = 0; c < major; ++c) {
    if (starts[c] < 0 || starts[c] > starts[c + 1] || starts[c + 1] > n) {
      return Status::Invalid("has column starts that do not rise from 0 to ", n);
    }
    for (int32_t i = starts[c]; i < starts[c + 1]; ++i) {
      if (indices[i] < 0 || indices[i] >= minor) {
        return Status::Invalid("has row index ", indices[i], " of ", minor);
      }
      dense[static_cast<size_t>(c * minor + indices[i])] = values[i];
    }
  }
  return dense;
}

Status ReadMatrix(const Fields& fields, SparkValue* out) {
  out->is_matrix = true;
  ARROW_ASSIGN_OR_RAISE(const bool dense, fields.IsDense());
  ARROW_ASSIGN_OR_RAISE(out->rows, fields.Int("numRows"));
  ARROW_ASSIGN_OR_RAISE(out->cols, fields.Int("numCols"));
  ARROW_ASSIGN_OR_RAISE(const bool transposed, fields.Bool("isTransposed"));
  ARROW_RETURN_NOT_OK(CheckSides(out->rows, out->cols));
  ARROW_ASSIGN_OR_RAISE(auto values, fields.Doubles("values"));
  const int64_t major = transposed ? out->rows : out->cols;
  const int64_t minor = transposed ? out->cols : out->rows;
  if (!dense) {
    ARROW_ASSIGN_OR_RAISE(values, Spread(fields, major, minor, values));
  }
  ARROW_RETURN_NOT_OK(CheckCount(values.size(), out->rows * out->cols, "numbers"));
  if (!transposed) {
    out->values = std::move(values);
    return Status::OK();
  }
  out->values.resize(values.size());
  for (int64_t r = 0; r < out->rows; ++r) {
    for (int64_t c = 0; c < out->cols; ++c) {
      out->values[c * out->rows + r] = values[r * out->cols + c];
    }
  }
  return Status::OK();
}

Result<SparkValue> ReadValue(const std::string& name, const arrow::Array& column) {
  SparkValue value;
  value.name = name;
  if (column.type_id() != Type::STRUCT || column.IsNull(0)) {
    return Status::Invalid("column '", name, "' is no vector or matrix");
  }
  const auto& fields = static_cast<const arrow::StructArray&>(column);
  const bool matrix = fields.GetFieldByName("numRows") != nullptr;
  const Status read =
      matrix ? ReadMatrix(Fields(fields), &value) : ReadVector(Fields(fields), &value);
  if (read.ok()) return value;
  return read.WithMessage("column '", name, "' ", read.message());
}

Result<std::shared_ptr<arrow::RecordBatch>> ReadBatch(store::ByteStore* store,
                                                      const std::string& path) {
  ARROW_ASSIGN_OR_RAISE(auto file, store->Open(path));
  ARROW_ASSIGN_OR_RAISE(const int64_t size, file->GetSize());
  if (size > kMaxFile) return Status::Invalid("has ", size, " bytes: too many to take");
  std::shared_ptr<arrow::RecordBatch> batch;
  ARROW_RETURN_NOT_OK(CatchAll([&]() -> Status {
    ARROW_ASSIGN_OR_RAISE(auto reader,
                          parquet::arrow::OpenFile(file, arrow::default_memory_pool()));
    const auto metadata = reader->parquet_reader()->metadata();
    if (metadata->num_rows() != 1) {
      return Status::Invalid("has ", metadata->num_rows(), " rows, not one");
    }
    ARROW_ASSIGN_OR_RAISE(auto table, reader->ReadTable());
    ARROW_ASSIGN_OR_RAISE(batch, table->CombineChunksToBatch());
    return batch->ValidateFull();
  }));
  if (batch->num_rows() != 1) return Status::Invalid("has no row");
  return batch;
}

}  // namespace

Result<std::vector<SparkValue>> ReadSparkRow(store::ByteStore* store,
                                             const std::string& path) {
  const auto read = [&]() -> Result<std::vector<SparkValue>> {
    ARROW_ASSIGN_OR_RAISE(const auto batch, ReadBatch(store, path));
    std::vector<SparkValue> row;
    for (int i = 0; i < batch->num_columns(); ++i) {
      ARROW_ASSIGN_OR_RAISE(
          row.emplace_back(),
          ReadValue(batch->schema()->field(i)->name(), *batch->column(i)));
    }
    return row;
  };
  auto row = read();
  if (row.ok()) return row;
  return row.status().WithMessage(store->uri(), "/", path,
                                  ", data of a Spark model: ", row.status().message());
}

}  // namespace pomona::table
