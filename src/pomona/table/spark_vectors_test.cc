// SPDX-License-Identifier: Apache-2.0
#include "pomona/table/spark_vectors.h"

#include <functional>

#include <arrow/api.h>
#include <arrow/io/memory.h>
#include <arrow/json/from_string.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <parquet/arrow/writer.h>

namespace pomona::table {
namespace {

using testing::HasSubstr;

std::shared_ptr<arrow::DataType> VectorType() {
  return arrow::struct_({arrow::field("type", arrow::int8()),
                         arrow::field("size", arrow::int32()),
                         arrow::field("indices", arrow::list(arrow::int32())),
                         arrow::field("values", arrow::list(arrow::float64()))});
}

std::shared_ptr<arrow::DataType> MatrixType() {
  return arrow::struct_({arrow::field("type", arrow::int8()),
                         arrow::field("numRows", arrow::int32()),
                         arrow::field("numCols", arrow::int32()),
                         arrow::field("colPtrs", arrow::list(arrow::int32())),
                         arrow::field("rowIndices", arrow::list(arrow::int32())),
                         arrow::field("values", arrow::list(arrow::float64())),
                         arrow::field("isTransposed", arrow::boolean())});
}

// What is read of a file with one column `v`, given as rows of JSON.
Result<std::vector<SparkValue>> Read(const std::shared_ptr<arrow::DataType>& type,
                                     const std::string& json) {
  ARROW_ASSIGN_OR_RAISE(auto column, arrow::json::ArrayFromJSONString(type, json));
  const auto table =
      arrow::Table::Make(arrow::schema({arrow::field("v", type)}), {column});
  ARROW_ASSIGN_OR_RAISE(auto sink, arrow::io::BufferOutputStream::Create());
  ARROW_RETURN_NOT_OK(
      parquet::arrow::WriteTable(*table, arrow::default_memory_pool(), sink));
  ARROW_ASSIGN_OR_RAISE(auto bytes, sink->Finish());
  const auto store = store::MakeMemoryStore();
  ARROW_RETURN_NOT_OK(store->Put("v.parquet", std::string_view(*bytes)));
  return ReadSparkRow(store.get(), "v.parquet");
}

TEST(SparkVectors, WhatIsWrittenIsRead) {
  const auto store = store::MakeMemoryStore();
  const std::vector<SparkValue> row = {{"pc", true, 3, 2, {1, 2, 3, 4, 5, 6}},
                                       {"shares", false, 2, 1, {0.75, 0.25}}};
  ASSERT_TRUE(WriteSparkRow(store.get(), "a.parquet", row).ok());
  ASSERT_TRUE(WriteSparkRow(store.get(), "b.parquet", row).ok());
  const auto back = ReadSparkRow(store.get(), "a.parquet").ValueOrDie();
  ASSERT_EQ(back.size(), 2U);
  for (size_t i = 0; i < back.size(); ++i) {
    EXPECT_EQ(back[i].name, row[i].name);
    EXPECT_EQ(back[i].is_matrix, row[i].is_matrix);
    EXPECT_EQ(back[i].rows, row[i].rows);
    EXPECT_EQ(back[i].cols, row[i].cols);
    EXPECT_EQ(back[i].values, row[i].values);
  }
  EXPECT_TRUE(store->Read("a.parquet")
                  .ValueOrDie()
                  ->Equals(*store->Read("b.parquet").ValueOrDie()));
  const Status status = WriteSparkRow(store.get(), "c", {{"pc", true, 3, 2, {1}}});
  EXPECT_THAT(status.message(), HasSubstr("'pc'"));
}

TEST(SparkVectors, SparseAndTransposedComeOutDense) {
  struct Case {
    std::shared_ptr<arrow::DataType> type;
    std::string json;
    std::vector<double> values;
  };
  const std::vector<Case> cases = {
      {VectorType(), R"([[0, 4, [1, 3], [7, 9]]])", {0, 7, 0, 9}},
      {VectorType(), R"([[1, null, null, [1, 2]]])", {1, 2}},
      {MatrixType(),
       R"([[1, 2, 3, null, null, [1, 2, 3, 4, 5, 6], true]])",
       {1, 4, 2, 5, 3, 6}},
      {MatrixType(),
       R"([[0, 3, 2, [0, 1, 3], [2, 0, 1], [5, 6, 7], false]])",
       {0, 0, 5, 6, 7, 0}},
      {MatrixType(),
       R"([[0, 2, 3, [0, 1, 3], [2, 0, 1], [5, 6, 7], true]])",
       {0, 6, 0, 7, 5, 0}},
  };
  for (const Case& c : cases) {
    const auto row = Read(c.type, c.json);
    ASSERT_TRUE(row.ok()) << c.json << row.status();
    EXPECT_EQ(row->front().values, c.values) << c.json;
  }
}

TEST(SparkVectors, HostileValuesAreRefused) {
  struct Case {
    std::shared_ptr<arrow::DataType> type;
    std::string json;
    std::string word;
  };
  const std::vector<Case> cases = {
      {VectorType(), R"([[2, 4, [1], [7]]])", "neither dense"},
      {VectorType(), R"([[0, 4, [4], [7]]])", "index 4 of 4"},
      {VectorType(), R"([[0, 4, [-1], [7]]])", "index -1"},
      {VectorType(), R"([[0, 4, [0, 1], [7]]])", "2 indices"},
      {VectorType(), R"([[0, 2000000000, [0], [7]]])", "2000000000 x 1"},
      {VectorType(), R"([[0, null, [0], [7]]])", "'size' is empty"},
      {VectorType(), R"([null])", "no vector"},
      {VectorType(), R"([[1, null, null, [1]], [1, null, null, [1]]])", "2 rows"},
      {VectorType(), R"([])", "0 rows"},
      {MatrixType(), R"([[1, 2, 2, null, null, [1], false]])", "1 numbers"},
      {MatrixType(), R"([[1, -2, -2, null, null, [1, 2, 3, 4], false]])", "-2 x -2"},
      {MatrixType(), R"([[0, 60000, 60000, [0], [0], [1], false]])", "60000 x 60000"},
      {MatrixType(), R"([[0, 2, 2, [0, 1], [0], [1], false]])", "2 column starts"},
      {MatrixType(), R"([[0, 2, 2, [0, 5, 1], [0], [1], false]])", "do not rise"},
      {MatrixType(), R"([[0, 2, 2, [-3, 0, 1], [0], [1], false]])", "do not rise"},
      {MatrixType(), R"([[0, 2, 2, [0, 0, 1], [2], [1], false]])", "row index 2"},
      {arrow::int32(), R"([1])", "no vector"},
  };
  for (const Case& c : cases) {
    const Status status = Read(c.type, c.json).status();
    EXPECT_THAT(status.message(), HasSubstr(c.word)) << c.json;
    EXPECT_THAT(status.message(), HasSubstr("v.parquet")) << c.json;
  }
}

}  // namespace
}  // namespace pomona::table
