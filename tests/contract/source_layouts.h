// SPDX-License-Identifier: Apache-2.0
// The same files as a folder, a list, an archive, a table: what tests of image sources
// share.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <arrow/api.h>
#include <arrow/io/file.h>
#include <arrow/util/future.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <parquet/arrow/writer.h>

#include "pomona/base/reject.h"
#include "pomona/store/image_source.h"

#include "tests/contract/temp_folder.h"

namespace pomona::store {

using Files = std::map<std::string, std::string>;  // path to bytes

struct SourceKind {
  std::string name;
  // Lays `files` out below `folder`; returns what to open.
  std::function<std::string(const TempFolder& folder, const Files& files)> lay_out;
  bool any_bytes = true;  // names need not be UTF-8
  bool newlines = true;   // names may hold them
};

inline std::ostream& operator<<(std::ostream& out, const SourceKind& kind) {
  return out << kind.name;
}

// All that `source` lists after `after`.
inline std::vector<ListedImage> ListAll(ImageSource* source,
                                        const std::string& after = "") {
  std::vector<ListedImage> images;
  auto skipped = source->List(after, [&](ListedImage image) {
    images.push_back(std::move(image));
    return Status::OK();
  });
  EXPECT_TRUE(skipped.ok()) << skipped.status();
  return images;
}

// The bytes of `image`, or the name of the reject, or the error.
inline std::string ReadText(ImageSource* source, const ListedImage& image) {
  auto bytes = source->Read(image).result();
  if (bytes.ok()) return (*bytes)->ToString();
  const auto reject = GetReject(bytes.status());
  return reject ? std::string(RejectCodeName(reject->code)) : bytes.status().ToString();
}

inline std::string LayOutFolder(const TempFolder& folder, const Files& files) {
  std::filesystem::create_directories(folder / "src");
  for (const auto& [path, bytes] : files) folder.Write("src/" + path, bytes);
  return folder / "src";
}

// Made by the system's tar, so that its formats are the real ones.
inline std::string MakeTar(const TempFolder& folder, const Files& files,
                           const char* format, const char* more = "") {
  std::filesystem::create_directories(folder / "members");
  for (const auto& [path, bytes] : files) folder.Write("members/" + path, bytes);
  const std::string tar = folder / "pictures.tar";
  const std::string command = std::string("tar --format=") + format + " -C '" +
                              (folder / "members") + "' -cf '" + tar + "' " + more + " .";
  EXPECT_EQ(std::system(command.c_str()), 0) << command;
  return tar;
}

inline SourceKind Tar(const char* name, const char* format) {
  return {name, [format](const TempFolder& folder, const Files& files) {
            return MakeTar(folder, files, format);
          }};
}

inline std::string CsvField(const std::string& text) {
  std::string out = "\"";
  for (char c : text) out += c == '"' ? "\"\"" : std::string(1, c);
  return out + "\"";
}

// The list names the files in falling order: sources sort.
inline std::string LayOut(const TempFolder& folder, const Files& files,
                          const std::string& name, const std::string& head,
                          const std::function<std::string(const std::string&)>& line) {
  std::string text = head;
  for (auto file = files.rbegin(); file != files.rend(); ++file) {
    folder.Write("list/" + file->first, file->second);
    text += line(file->first);
  }
  folder.Write("list/" + name, text);
  return folder / ("list/" + name);
}

inline std::string LayOutTxt(const TempFolder& folder, const Files& files) {
  return LayOut(folder, files, "all.txt", "",
                [](const std::string& path) { return path + "\r\n"; });
}
inline std::string LayOutTxt0(const TempFolder& folder, const Files& files) {
  return LayOut(folder, files, "all.txt", "", [](const std::string& path) {
    return "./" + path + std::string(1, '\0');
  });
}
inline std::string LayOutCsv(const TempFolder& folder, const Files& files) {
  return LayOut(folder, files, "all.csv", "n,path\n",
                [](const std::string& path) { return "1," + CsvField(path) + "\n"; });
}

inline std::shared_ptr<arrow::Array> Texts(const std::vector<std::string>& values,
                                           bool bytes) {
  arrow::BinaryBuilder builder;
  for (const auto& value : values) EXPECT_TRUE(builder.Append(value).ok());
  auto array = builder.Finish().ValueOrDie();
  return bytes ? array : array->View(arrow::utf8()).ValueOrDie();
}

inline void WriteParquet(const std::string& path,
                         const std::shared_ptr<arrow::Table>& table,
                         int64_t rows_per_group = 3) {
  auto file = arrow::io::FileOutputStream::Open(path).ValueOrDie();
  ASSERT_TRUE(parquet::arrow::WriteTable(*table, arrow::default_memory_pool(), file,
                                         rows_per_group)
                  .ok());
}

inline std::string LayOutParquetList(const TempFolder& folder, const Files& files) {
  std::vector<std::string> paths;
  LayOut(folder, files, "x", "", [&](const std::string& path) {
    paths.push_back(path);
    return "";
  });
  const auto schema = arrow::schema({arrow::field("path", arrow::utf8())});
  WriteParquet(folder / "list/all.parquet",
               arrow::Table::Make(schema, {Texts(paths, false)}));
  return folder / "list/all.parquet";
}

// Rows rise with their paths, so that paths stand for themselves.
inline std::string LayOutParquet(const TempFolder& folder, const Files& files) {
  std::vector<std::string> paths;
  std::vector<std::string> bytes;
  for (const auto& [path, data] : files) {
    paths.push_back(path);
    bytes.push_back(data);
  }
  const auto schema = arrow::schema(
      {arrow::field("path", arrow::utf8()), arrow::field("content", arrow::binary())});
  WriteParquet(folder / "p.parquet",
               arrow::Table::Make(schema, {Texts(paths, false), Texts(bytes, true)}));
  return folder / "p.parquet";
}

}  // namespace pomona::store
