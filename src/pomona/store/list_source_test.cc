// SPDX-License-Identifier: Apache-2.0
#include <filesystem>

#include <arrow/api.h>
#include <arrow/io/file.h>
#include <parquet/arrow/writer.h>

#include "tests/contract/source_layouts.h"

namespace pomona::store {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

Status OpenAndList(const std::string& path, SourceOptions options = {}) {
  ARROW_ASSIGN_OR_RAISE(auto source, OpenImageSource(path, options));
  return source->List("", [](ListedImage) { return Status::OK(); }).status();
}

TEST(ListSource, PathsAreRelativeToTheListAndCleaned) {
  TempFolder folder;
  folder.Write("d/A/1.jpg", "1");
  folder.Write("2.jpg", "2");
  const std::string real = std::filesystem::canonical(folder.path()).string();
  folder.Write("d/l.txt", "\xEF\xBB\xBF./A//1.jpg\n\n" + real + "/d/A/1.jpg\n" + real +
                              "/2.jpg\n../2.jpg\nA/gone.jpg");
  auto source = OpenImageSource(folder / "d/l.txt", {}).ValueOrDie();
  std::vector<ListedImage> images;
  const auto skipped = source->List("", [&](ListedImage image) {
    images.push_back(std::move(image));
    return Status::OK();
  });
  EXPECT_THAT(skipped.ValueOrDie(), ElementsAre(Pair("duplicate", 1)));
  ASSERT_EQ(images.size(), 4U);
  const std::vector<std::pair<std::string, std::string>> expected = {
      {"../2.jpg", "2"},
      {real + "/2.jpg", "2"},
      {"A/1.jpg", "1"},
      {"A/gone.jpg", "vanished"}};
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(images[i].path, expected[i].first);
    EXPECT_EQ(ReadText(source.get(), images[i]), expected[i].second);
  }
}

TEST(ListSource, LabelsFromAColumn) {
  TempFolder folder;
  folder.Write("l.csv", "label,file\n007,b.jpg\n,a.jpg\n\"x, \"\"y\"\"\",c.jpg\n");
  SourceOptions options;
  options.label_from = "column:label";
  auto source = OpenImageSource(folder / "l.csv", options).ValueOrDie();
  const auto images = ListAll(source.get());
  ASSERT_EQ(images.size(), 3U);
  EXPECT_EQ(images[0].label, std::nullopt);
  EXPECT_EQ(images[1].label, "007");
  EXPECT_EQ(images[2].label, "x, \"y\"");
  options.label_from = "column:fruit";
  EXPECT_THAT(OpenAndList(folder / "l.csv", options).message(),
              HasSubstr("no column 'fruit'; its columns: label, file"));
  options = {};
  options.image_column = "pic";
  EXPECT_THAT(OpenAndList(folder / "l.csv", options).message(),
              HasSubstr("no column 'pic'; its columns: label, file"));
}

TEST(ListSource, WrongListsAreTold) {
  TempFolder folder;
  SourceOptions column;
  column.label_from = "column:label";
  folder.Write("l.txt", "a.jpg\n");
  EXPECT_THAT(OpenAndList(folder / "l.txt", column).message(),
              HasSubstr("plain text without columns"));
  folder.Write("long.txt", std::string(200'000, 'x'));
  EXPECT_THAT(OpenAndList(folder / "long.txt").message(), HasSubstr("over 64 KB"));
  folder.Write("two.csv", "path,label\na.jpg,1\na.jpg,2\n");
  EXPECT_THAT(OpenAndList(folder / "two.csv", column).message(),
              HasSubstr("'a.jpg' stands there with two labels, '1' and '2'"));
  folder.Write("uneven.csv", "path,label\na.jpg\n");
  EXPECT_THAT(OpenAndList(folder / "uneven.csv").message(), HasSubstr("uneven.csv"));
  folder.Write("empty.csv", "");
  EXPECT_THAT(OpenAndList(folder / "empty.csv").message(), HasSubstr("empty.csv"));
  folder.Write("empty.txt", "");
  EXPECT_TRUE(OpenAndList(folder / "empty.txt").ok());
  folder.Write("bad.parquet", "PAR1 but then nothing PAR1");
  EXPECT_THAT(OpenAndList(folder / "bad.parquet").message(), HasSubstr("damaged"));
}

// As Hugging Face's datasets write it: struct<bytes, path>, a class number.
TEST(ParquetSource, ReadsStructsOfBytesAndPathWithALabelColumn) {
  TempFolder folder;
  const auto bytes = Texts({"one", "two", "three"}, true);
  const auto paths = Texts({"z.jpg", "a.jpg", "a.jpg"}, false);
  const auto image = arrow::StructArray::Make({bytes, paths},
                                              {std::string("bytes"), std::string("path")})
                         .ValueOrDie();
  arrow::Int64Builder labels;
  ASSERT_TRUE(labels.AppendValues({4, 5}).ok());
  ASSERT_TRUE(labels.AppendNull().ok());
  const auto schema = arrow::schema(
      {arrow::field("image", image->type()), arrow::field("label", arrow::int64())});
  WriteParquet(folder / "hf.parquet",
               arrow::Table::Make(schema, {image, labels.Finish().ValueOrDie()}), 2);
  SourceOptions options;
  options.label_from = "column:label";
  auto source = OpenImageSource(folder / "hf.parquet", options).ValueOrDie();
  const auto images = ListAll(source.get());
  ASSERT_EQ(images.size(), 3U);
  // The paths do not rise: the row number goes before them.
  EXPECT_EQ(images[0].path, "0000000000/z.jpg");
  EXPECT_EQ(images[1].path, "0000000001/a.jpg");
  EXPECT_EQ(images[2].path, "0000000002/a.jpg");
  EXPECT_EQ(images[0].label, "4");
  EXPECT_EQ(images[2].label, std::nullopt);
  EXPECT_EQ(images[0].size, -1);
  for (const size_t i : {2U, 0U, 1U, 2U}) {
    EXPECT_EQ(ReadText(source.get(), images[i]),
              (*bytes).GetScalar(i).ValueOrDie()->ToString());
  }
  options.label_from = "column:fruit";
  EXPECT_THAT(OpenAndList(folder / "hf.parquet", options).message(),
              HasSubstr("no column 'fruit'; its columns: image.bytes (bytes), image.path "
                        "(text), label"));
}

TEST(ParquetSource, RowsWithoutNamesAndWithoutBytes) {
  TempFolder folder;
  arrow::BinaryBuilder builder;
  for (int i = 0; i < 500; ++i) {
    const Status status =
        i == 7 ? builder.AppendNull() : builder.Append("row " + std::to_string(i));
    ASSERT_TRUE(status.ok());
  }
  const auto schema = arrow::schema({arrow::field("jpeg", arrow::binary())});
  WriteParquet(folder / "p.parquet",
               arrow::Table::Make(schema, {builder.Finish().ValueOrDie()}), 200);
  auto source = OpenImageSource(folder / "p.parquet", {}).ValueOrDie();
  const auto images = ListAll(source.get());
  ASSERT_EQ(images.size(), 500U);
  EXPECT_EQ(images[41].path, "0000000041");
  for (const size_t i : {0, 499, 64, 63, 200, 199, 7, 8}) {
    EXPECT_EQ(ReadText(source.get(), images[i]),
              i == 7 ? "" : "row " + std::to_string(i));
  }
  EXPECT_EQ(ListAll(source.get(), "0000000497").size(), 2U);
  ListedImage beyond = images[0];
  beyond.locator = 500;
  EXPECT_EQ(ReadText(source.get(), beyond), "changed");
}

TEST(ParquetSource, NoColumnOfPicturesListsTheColumns) {
  TempFolder folder;
  const auto text = Texts({"x"}, false);
  const auto schema =
      arrow::schema({arrow::field("a", arrow::utf8()), arrow::field("b", arrow::utf8())});
  WriteParquet(folder / "p.parquet", arrow::Table::Make(schema, {text, text}));
  EXPECT_THAT(OpenAndList(folder / "p.parquet").message(),
              HasSubstr("its columns: a (text), b (text)"));
  SourceOptions options;
  options.image_column = "c";
  EXPECT_THAT(OpenAndList(folder / "p.parquet", options).message(),
              HasSubstr("no column 'c'; its columns: a (text), b (text)"));
}

}  // namespace
}  // namespace pomona::store
