// SPDX-License-Identifier: Apache-2.0
// The layouts: org.apache.spark.ml.linalg.VectorUDT and MatrixUDT, `sqlType`.
#include "pomona/table/spark_vectors.h"

#include <memory>
#include <utility>

#include <arrow/api.h>
#include <arrow/io/interfaces.h>
#include <arrow/util/key_value_metadata.h>
#include <nlohmann/json.hpp>
#include <parquet/arrow/writer.h>
#include <parquet/properties.h>

#include "pomona/table/parquet_file.h"

namespace pomona::table {
namespace {

using OrderedJson = nlohmann::ordered_json;
using Arrays = std::vector<std::shared_ptr<arrow::Array>>;

constexpr char kSchemaKey[] = "org.apache.spark.sql.parquet.row.metadata";
constexpr int8_t kDense = 1;

// A field of a type: Arrow's type and Spark's name of it.
struct Part {
  const char* name;
  std::shared_ptr<arrow::DataType> type;
  OrderedJson spark;
  bool nullable;
};

std::vector<Part> Parts(bool is_matrix) {
  const auto list = [](const std::shared_ptr<arrow::DataType>& item) {
    return arrow::list(arrow::field("element", item, false));
  };
  const auto array = [](const char* item) {
    return OrderedJson{{"type", "array"}, {"elementType", item}, {"containsNull", false}};
  };
  const Part type = {"type", arrow::int8(), "byte", false};
  const Part values = {"values", list(arrow::float64()), array("double"), true};
  if (!is_matrix) {
    return {type,
            {"size", arrow::int32(), "integer", true},
            {"indices", list(arrow::int32()), array("integer"), true},
            values};
  }
  return {type,
          {"numRows", arrow::int32(), "integer", false},
          {"numCols", arrow::int32(), "integer", false},
          {"colPtrs", list(arrow::int32()), array("integer"), true},
          {"rowIndices", list(arrow::int32()), array("integer"), true},
          values,
          {"isTransposed", arrow::boolean(), "boolean", false}};
}

std::shared_ptr<arrow::Field> ArrowField(const SparkValue& value) {
  arrow::FieldVector fields;
  for (const Part& part : Parts(value.is_matrix)) {
    fields.push_back(arrow::field(part.name, part.type, part.nullable));
  }
  return arrow::field(value.name, arrow::struct_(fields));
}

OrderedJson SparkField(const std::string& name, OrderedJson type, bool nullable) {
  return {{"name", name},
          {"type", std::move(type)},
          {"nullable", nullable},
          {"metadata", OrderedJson::object()}};
}

OrderedJson SparkStruct(OrderedJson fields) {
  return {{"type", "struct"}, {"fields", fields}};
}

// The schema as Spark's DataType.json has it.
std::string SparkSchema(const std::vector<SparkValue>& row) {
  OrderedJson columns = OrderedJson::array();
  for (const SparkValue& value : row) {
    OrderedJson fields = OrderedJson::array();
    for (const Part& part : Parts(value.is_matrix)) {
      fields.push_back(SparkField(part.name, part.spark, part.nullable));
    }
    const std::string name = value.is_matrix ? "MatrixUDT" : "VectorUDT";
    const OrderedJson type = {{"type", "udt"},
                              {"class", "org.apache.spark.ml.linalg." + name},
                              {"pyClass", "pyspark.ml.linalg." + name},
                              {"sqlType", SparkStruct(fields)}};
    columns.push_back(SparkField(value.name, type, true));
  }
  return SparkStruct(columns).dump();
}

Result<std::shared_ptr<arrow::Array>> Constant(const arrow::Scalar& scalar) {
  return arrow::MakeArrayFromScalar(scalar, 1);
}

// A list column of one row that holds all `values`.
Result<std::shared_ptr<arrow::Array>> OneList(const Part& part,
                                              const std::vector<double>& values) {
  arrow::Int32Builder offsets;
  ARROW_RETURN_NOT_OK(offsets.AppendValues({0, static_cast<int32_t>(values.size())}));
  arrow::DoubleBuilder builder;
  ARROW_RETURN_NOT_OK(builder.AppendValues(values));
  ARROW_ASSIGN_OR_RAISE(auto ends, offsets.Finish());
  ARROW_ASSIGN_OR_RAISE(auto numbers, builder.Finish());
  return arrow::ListArray::FromArrays(part.type, *ends, *numbers);
}

Result<std::shared_ptr<arrow::Array>> PartArray(const Part& part,
                                                const SparkValue& value) {
  const std::string name = part.name;
  if (name == "type") return Constant(arrow::Int8Scalar(kDense));
  if (name == "isTransposed") return Constant(arrow::BooleanScalar(false));
  if (name == "values") return OneList(part, value.values);
  // Of sparse values: those that are dense have none.
  const bool sparse = part.type->id() == arrow::Type::LIST || name == "size";
  if (sparse) return arrow::MakeArrayOfNull(part.type, 1);
  const int64_t side = name == "numCols" ? value.cols : value.rows;
  return Constant(arrow::Int32Scalar(static_cast<int32_t>(side)));
}

Status CheckSize(const SparkValue& value) {
  const bool sides = value.rows >= 0 && value.rows <= kMaxSparkSide && value.cols >= 0 &&
                     value.cols <= kMaxSparkSide;
  if (sides && value.rows * value.cols <= kMaxSparkNumbers) return Status::OK();
  return Status::Invalid("column '", value.name, "': ", value.rows, " x ", value.cols,
                         " numbers, too many to take");
}

Result<std::shared_ptr<arrow::Array>> ToArray(const SparkValue& value) {
  ARROW_RETURN_NOT_OK(CheckSize(value));
  if (static_cast<int64_t>(value.values.size()) != value.rows * value.cols) {
    return Status::Invalid("column '", value.name, "': ", value.values.size(),
                           " numbers, not ", value.rows, " x ", value.cols);
  }
  Arrays children;
  for (const Part& part : Parts(value.is_matrix)) {
    ARROW_ASSIGN_OR_RAISE(children.emplace_back(), PartArray(part, value));
  }
  return arrow::StructArray::Make(children, ArrowField(value)->type()->fields());
}

Status WriteTable(const arrow::Table& table, const std::string& spark_schema,
                  const std::shared_ptr<arrow::io::OutputStream>& sink) {
  const auto properties = parquet::WriterProperties::Builder()
                              .compression(parquet::Compression::SNAPPY)
                              ->disable_dictionary()
                              ->disable_statistics()
                              ->build();
  ARROW_ASSIGN_OR_RAISE(
      auto writer, parquet::arrow::FileWriter::Open(
                       *table.schema(), arrow::default_memory_pool(), sink, properties));
  ARROW_RETURN_NOT_OK(writer->WriteTable(table, 1));
  ARROW_RETURN_NOT_OK(writer->AddKeyValueMetadata(
      arrow::key_value_metadata({kSchemaKey}, {spark_schema})));
  return writer->Close();
}

}  // namespace

Status WriteSparkRow(store::ByteStore* store, const std::string& path,
                     const std::vector<SparkValue>& row) {
  arrow::FieldVector fields;
  Arrays columns;
  for (const SparkValue& value : row) {
    fields.push_back(ArrowField(value));
    ARROW_ASSIGN_OR_RAISE(columns.emplace_back(), ToArray(value));
  }
  const auto table = arrow::Table::Make(arrow::schema(fields), columns);
  ARROW_ASSIGN_OR_RAISE(auto file, store->Create(path));
  // The stream belongs to the file; Parquet only borrows it.
  const std::shared_ptr<arrow::io::OutputStream> sink(file->stream(), [](auto*) {});
  ARROW_RETURN_NOT_OK(
      CatchAll([&] { return WriteTable(*table, SparkSchema(row), sink); }));
  return file->Commit();
}

}  // namespace pomona::table
