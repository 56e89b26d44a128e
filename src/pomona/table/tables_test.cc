// SPDX-License-Identifier: Apache-2.0
#include "pomona/table/tables.h"

#include <cstring>
#include <limits>

#include <arrow/api.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pomona/table/columns.h"
#include "pomona/table/parquet_file.h"

namespace pomona::table {
namespace {

using store::MakeMemoryStore;
using testing::HasSubstr;

const float kInfinity = std::numeric_limits<float>::infinity();

FeatureTable SomeFeatures() {
  FeatureTable table;
  table.dim = 3;
  table.keys = {{"Apple/a b\n\"1\".jpg", "Apple", 100, 80, std::string(64, 'a')},
                {"Äpfel/ü.png", "Äpfel", 1, 1, std::string(64, 'b')},
                {"root.webp", std::nullopt, 40000, 2, std::string(64, 'c')}};
  table.rows = {0.0F, -0.0F, 1e-45F, 3.4e38F, -1.5F, 0.1F, 7.0F, 8.0F, 9.0F};
  return table;
}

ReducedTable SomeReduced() {
  return {{"Apple/1.jpg", "x,\"y\"\n.jpg", "z"},
          {"Apple", "", std::nullopt},
          2,
          {0.1F, -2.5F, 1e-10F, 3.4028235e38F, 0.0F, 16777216.0F}};
}

bool SameBits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() &&
         std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

TEST(Tables, FeaturesComeBackBitForBit) {
  auto store = MakeMemoryStore();
  const FeatureTable table = SomeFeatures();
  ASSERT_TRUE(WriteFeatures(store.get(), "features/part-00000.parquet", table,
                            {{"pomona.model", "vgg16"}})
                  .ok());
  auto read = ReadFeatures(store.get(), "features/part-00000.parquet");
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->dim, 3);
  EXPECT_TRUE(SameBits(read->rows, table.rows));
  ASSERT_EQ(read->keys.size(), 3U);
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(read->keys[i].path, table.keys[i].path);
    EXPECT_EQ(read->keys[i].label, table.keys[i].label);
    EXPECT_EQ(read->keys[i].width, table.keys[i].width);
    EXPECT_EQ(read->keys[i].height, table.keys[i].height);
    EXPECT_EQ(read->keys[i].sha256, table.keys[i].sha256);
  }
  auto metadata = ReadMetadata(store.get(), "features/part-00000.parquet").ValueOrDie();
  EXPECT_THAT(metadata, testing::ElementsAre(testing::Pair("pomona.model", "vgg16"),
                                             testing::Pair("pomona.schema_version", "1"),
                                             testing::Pair("pomona.table", "features")));
}

TEST(Tables, ReducedAndRejectsComeBack) {
  auto store = MakeMemoryStore();
  const ReducedTable table = SomeReduced();
  ASSERT_TRUE(WriteReduced(store.get(), "r", table, {}).ok());
  auto read = ReadReduced(store.get(), "r").ValueOrDie();
  EXPECT_EQ(read.paths, table.paths);
  EXPECT_EQ(read.labels, table.labels);
  EXPECT_EQ(read.k, 2);
  EXPECT_TRUE(SameBits(read.rows, table.rows));

  const std::vector<RejectRow> rows = {{"a\xC3\xA4", "read", "vanished", "gone", -1},
                                       {"b", "decode", "empty", "zero bytes", 0}};
  ASSERT_TRUE(WriteRejects(store.get(), "x", rows, {}).ok());
  EXPECT_EQ(ReadRejects(store.get(), "x").ValueOrDie(), rows);
}

TEST(Tables, WithoutRowsTheyStillHaveASchema) {
  auto store = MakeMemoryStore();
  FeatureTable features;
  features.dim = 4608;
  ASSERT_TRUE(WriteFeatures(store.get(), "f", features, {}).ok());
  EXPECT_EQ(ReadFeatures(store.get(), "f").ValueOrDie().dim, 4608);
  ReducedTable reduced;
  reduced.k = 64;
  ASSERT_TRUE(WriteReduced(store.get(), "r", reduced, {}).ok());
  EXPECT_EQ(ReadReduced(store.get(), "r").ValueOrDie().k, 64);
  ASSERT_TRUE(WriteRejects(store.get(), "x", {}, {}).ok());
  EXPECT_TRUE(ReadRejects(store.get(), "x").ValueOrDie().empty());
}

TEST(Tables, SameContentSameBytes) {
  auto one = MakeMemoryStore();
  auto two = MakeMemoryStore();
  for (auto* store : {one.get(), two.get()}) {
    ASSERT_TRUE(WriteFeatures(store, "f", SomeFeatures(), {{"b", "2"}, {"a", "1"}}).ok());
    ASSERT_TRUE(WriteReduced(store, "r", SomeReduced(), {}).ok());
  }
  for (const char* path : {"f", "r"}) {
    EXPECT_TRUE(one->Read(path).ValueOrDie()->Equals(*two->Read(path).ValueOrDie()));
  }
}

TEST(Tables, WhatCannotBeWrittenIsToldAndLeavesNothing) {
  auto store = MakeMemoryStore();
  FeatureTable table = SomeFeatures();
  table.rows.pop_back();
  EXPECT_TRUE(WriteFeatures(store.get(), "f", table, {}).IsInvalid());
  table = SomeFeatures();
  table.keys[1].path = "caf\xE9";
  EXPECT_THAT(WriteFeatures(store.get(), "f", table, {}).message(), HasSubstr("'path'"));
  table = FeatureTable();  // no columns
  EXPECT_TRUE(WriteFeatures(store.get(), "f", table, {}).IsInvalid());
  ReducedTable reduced = SomeReduced();
  reduced.labels.pop_back();
  EXPECT_TRUE(WriteReduced(store.get(), "r", reduced, {}).IsInvalid());
  EXPECT_TRUE(store->List("").ValueOrDie().empty());
}

// Files that are not what they should be. Each error names the file and what is wrong.
class WrongFile : public testing::Test {
 protected:
  void Write(const std::string& kind, const std::shared_ptr<arrow::Schema>& schema,
             const std::vector<ArrayPtr>& columns) {
    auto file = ParquetFile::Create(store_.get(), "dir/wrong", kind, schema, "", {});
    ASSERT_TRUE(file.ok()) << file.status();
    ASSERT_TRUE((*file)->Write(columns, 100).ok());
    ASSERT_TRUE((*file)->Commit().ok());
  }
  void ExpectReducedError(const char* part) {
    const Status status = ReadReduced(store_.get(), "dir/wrong").status();
    EXPECT_TRUE(status.IsInvalid()) << status;
    EXPECT_THAT(status.message(), HasSubstr("dir/wrong"));
    EXPECT_THAT(status.message(), HasSubstr(part));
  }
  const std::string text_ = "text";
  ArrayPtr texts_ = StringColumn("x", 1, [&](int64_t) -> const std::string& {
                      return text_;
                    }).ValueOrDie();
  std::shared_ptr<store::ByteStore> store_ = MakeMemoryStore();
};

TEST_F(WrongFile, Missing) {
  EXPECT_TRUE(ReadReduced(store_.get(), "dir/wrong").status().IsKeyError());
}

TEST_F(WrongFile, NotParquetOrCutShortOrFlipped) {
  for (const char* bytes :
       {"", "PAR1", "PAR1PAR1", "hello, I am a text of some length"}) {
    ASSERT_TRUE(store_->Put("dir/wrong", bytes).ok());
    ExpectReducedError("damaged");
  }
  ASSERT_TRUE(WriteReduced(store_.get(), "good", SomeReduced(), {}).ok());
  const std::string good = store_->Read("good").ValueOrDie()->ToString();
  for (size_t size = 0; size < good.size(); size += 7) {
    ASSERT_TRUE(store_->Put("dir/wrong", good.substr(0, size)).ok());
    EXPECT_FALSE(ReadReduced(store_.get(), "dir/wrong").ok()) << size;
  }
  for (size_t i = 0; i < good.size(); ++i) {  // must not crash, whatever it says
    std::string flipped = good;
    flipped[i] = static_cast<char>(flipped[i] ^ 0x41);
    ASSERT_TRUE(store_->Put("dir/wrong", flipped).ok());
    static_cast<void>(ReadReduced(store_.get(), "dir/wrong"));
  }
}

TEST_F(WrongFile, AnotherKind) {
  ASSERT_TRUE(WriteRejects(store_.get(), "dir/wrong", {}, {}).ok());
  ExpectReducedError("is rejects, not reduced");
}

TEST_F(WrongFile, NoColumn) {
  Write("reduced", arrow::schema({arrow::field("path", arrow::utf8(), false)}), {texts_});
  ExpectReducedError("no column 'label' (columns: path)");
}

TEST_F(WrongFile, WrongTypes) {
  const auto number = Int64Column(1, [](int64_t) { return 7; }).ValueOrDie();
  Write("reduced",
        arrow::schema({arrow::field("path", arrow::int64(), false),
                       arrow::field("label", arrow::utf8()),
                       arrow::field("pca", arrow::utf8())}),
        {number, texts_, texts_});
  ExpectReducedError("column 'path': type int64 found, string needed");
  Write("reduced",
        arrow::schema({arrow::field("path", arrow::utf8(), false),
                       arrow::field("label", arrow::utf8()),
                       arrow::field("pca", arrow::utf8())}),
        {texts_, texts_, texts_});
  ExpectReducedError("column 'pca': type string found, fixed_size_list<float> needed");
}

TEST_F(WrongFile, EmptyValues) {
  arrow::StringBuilder builder;
  ASSERT_TRUE(builder.AppendNull().ok());
  const ArrayPtr null = builder.Finish().ValueOrDie();
  const std::vector<float> row = {1, 2};
  Write("reduced",
        arrow::schema({arrow::field("path", arrow::utf8()),
                       arrow::field("label", arrow::utf8()),
                       arrow::field("pca", VectorType(2), false)}),
        {null, null, VectorColumn(row, 1, 2).ValueOrDie()});
  ExpectReducedError("column 'path': 1 empty values");
}

TEST_F(WrongFile, ANewerVersion) {
  ASSERT_TRUE(WriteReduced(store_.get(), "good", SomeReduced(), {}).ok());
  std::string bytes = store_->Read("good").ValueOrDie()->ToString();
  const std::string key = "pomona.schema_version";
  const size_t at = bytes.rfind(key) + key.size();
  const size_t digit = bytes.find('1', at);
  ASSERT_LT(digit, at + 8);
  bytes[digit] = '9';
  ASSERT_TRUE(store_->Put("dir/wrong", bytes).ok());
  ExpectReducedError("newer Pomona");
}

}  // namespace
}  // namespace pomona::table
