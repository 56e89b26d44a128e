// SPDX-License-Identifier: Apache-2.0
// CSV, NPZ and the files of schema version 1. tests/golden/table reads the same files
// with pandas, numpy, pyarrow and DuckDB.
#include <algorithm>
#include <cstring>
#include <limits>

#include <arrow/buffer.h>
#include <arrow/io/memory.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pomona/table/tables.h"
#include "pomona/table/zip.h"

namespace pomona::table {
namespace {

constexpr const char* kSha =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

ReducedTable Reduced() {
  return {{"Apple/1.jpg", "Pear, \"red\"/line\nbreak.jpg", "Äpfel 🍎.png", "root.webp"},
          {"Apple", "Pear, \"red\"", "", std::nullopt},
          3,
          {0.1F, -2.5F, 1e-10F, 3.4028235e38F, 0.0F, 16777216.0F, 1e-45F, -0.0F, 1.0F / 3,
           100.0F, 12345.678F, -7e20F}};
}

std::string Read(store::ByteStore* store, const std::string& path) {
  return store->Read(path).ValueOrDie()->ToString();
}

TEST(Csv, QuotesAndShortestNumbers) {
  auto store = store::MakeMemoryStore();
  ASSERT_TRUE(WriteReducedCsv(store.get(), "r.csv", Reduced()).ok());
  EXPECT_EQ(Read(store.get(), "r.csv"),
            "path,label,pca_0,pca_1,pca_2\n"
            "Apple/1.jpg,Apple,0.1,-2.5,1e-10\n"
            "\"Pear, \"\"red\"\"/line\nbreak.jpg\",\"Pear, \"\"red\"\"\","
            "3.4028235e+38,0,16777216\n"
            "Äpfel 🍎.png,\"\",1e-45,-0,0.33333334\n"
            "root.webp,,100,12345.678,-7e+20\n");
  const ReducedTable none{{}, {}, 1, {}};
  ASSERT_TRUE(WriteReducedCsv(store.get(), "n.csv", none).ok());
  EXPECT_EQ(Read(store.get(), "n.csv"), "path,label,pca_0\n");
}

TEST(Csv, ManyRowsArriveWhole) {
  auto store = store::MakeMemoryStore();
  ReducedTable table;
  table.k = 16;
  for (int i = 0; i < 20'000; ++i) {
    table.paths.push_back("p" + std::to_string(i));
    table.labels.emplace_back("x");
    for (int j = 0; j < 16; ++j) table.rows.push_back(static_cast<float>(i) / 3);
  }
  ASSERT_TRUE(WriteReducedCsv(store.get(), "r.csv", table).ok());
  const std::string text = Read(store.get(), "r.csv");
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 20'001);
  EXPECT_TRUE(text.ends_with(",6666.3335\n"));
}

TEST(Npz, ArraysAreDescribedAndRepeat) {
  auto store = store::MakeMemoryStore();
  ASSERT_TRUE(WriteReducedNpz(store.get(), "1", Reduced()).ok());
  ASSERT_TRUE(WriteReducedNpz(store.get(), "2", Reduced()).ok());
  const std::string bytes = Read(store.get(), "1");
  EXPECT_EQ(bytes, Read(store.get(), "2"));
  EXPECT_THAT(bytes, testing::HasSubstr("{'descr': '<U26', 'fortran_order': False, "
                                        "'shape': (4,), }"));
  EXPECT_THAT(bytes, testing::HasSubstr("{'descr': '<f4', 'fortran_order': False, "
                                        "'shape': (4, 3), }"));
}

TEST(Exports, WrongTablesAreTold) {
  auto store = store::MakeMemoryStore();
  ReducedTable table = Reduced();
  table.rows.pop_back();
  EXPECT_TRUE(WriteReducedCsv(store.get(), "r", table).IsInvalid());
  EXPECT_TRUE(WriteReducedNpz(store.get(), "r", table).IsInvalid());
  EXPECT_TRUE(store->List("").ValueOrDie().empty());
}

Status WriteLargeZip(store::ByteStore* store, const std::string& path) {
  ARROW_ASSIGN_OR_RAISE(auto file, store->Create(path));
  ZipWriter zip(file->stream(), 100);  // as if 100 bytes were 4 GB
  for (const size_t size : {10U, 1000U, 20U}) {
    ARROW_RETURN_NOT_OK(zip.Add(std::to_string(size), [&](const auto& sink) {
      return sink(std::string(size, 'x'));
    }));
  }
  ARROW_RETURN_NOT_OK(zip.Finish());
  return file->Commit();
}

// Writes what tests/golden/table/v1 holds; see the README there.
Status WriteGolden(store::ByteStore* store) {
  FeatureTable features;
  features.dim = 4;
  features.keys = {{"Apple/1.jpg", "Apple", 100, 80, kSha},
                   {"Äpfel 🍎.png", std::nullopt, 40000, 1, kSha}};
  features.rows = {0.0F, 1.5F, 1e-45F, 3.4028235e38F, -0.0F, 0.1F, 0.0F, 16777216.0F};
  const Metadata metadata = {{"pomona.model", "vgg16"}};
  ARROW_RETURN_NOT_OK(WriteFeatures(store, "features.parquet", features, metadata));
  ARROW_RETURN_NOT_OK(WriteReduced(store, "reduced.parquet", Reduced(), metadata));
  ARROW_RETURN_NOT_OK(WriteReducedCsv(store, "reduced.csv", Reduced()));
  ARROW_RETURN_NOT_OK(WriteReducedNpz(store, "reduced.npz", Reduced()));
  ARROW_RETURN_NOT_OK(WriteRejects(store, "rejects.parquet",
                                   {{"caf\\xE9.jpg", "list", "bad_name", "not UTF-8", 12},
                                    {"a b.jpg", "read", "vanished", "gone", -1}},
                                   metadata));
  ListingWriter listing(store, "listing", 2, 2);
  for (int i = 0; i < 5; ++i) {
    store::ListedImage image{"Apple/" + std::to_string(i) + ".jpg",
                             100 + i,
                             1'700'000'000'123'456'789,
                             i == 4 ? 512 : -1,
                             "Apple",
                             i != 3};
    if (i == 2) image.label = std::nullopt;
    ARROW_RETURN_NOT_OK(listing.Append(image));
  }
  ARROW_RETURN_NOT_OK(listing.Finish().status());
  return WriteLargeZip(store, "zip64.zip");
}

std::shared_ptr<store::ByteStore> Golden() {
  return store::OpenByteStore(POMONA_SOURCE_DIR "/tests/golden/table/v1").ValueOrDie();
}

// A file of version 1 is read for ever. Its bytes may change with Arrow, not its content.
TEST(Version1, IsRead) {
  auto golden = Golden();
  auto fresh = store::MakeMemoryStore();
  ASSERT_TRUE(WriteGolden(fresh.get()).ok());

  const auto features = ReadFeatures(golden.get(), "features.parquet").ValueOrDie();
  const auto wanted = ReadFeatures(fresh.get(), "features.parquet").ValueOrDie();
  EXPECT_EQ(std::memcmp(features.rows.data(), wanted.rows.data(), 8 * sizeof(float)), 0);
  EXPECT_EQ(features.keys[0].sha256, kSha);
  EXPECT_EQ(features.keys[0].height, 80);
  EXPECT_EQ(features.keys[1].label, std::nullopt);

  const auto reduced = ReadReduced(golden.get(), "reduced.parquet").ValueOrDie();
  EXPECT_EQ(reduced.paths, Reduced().paths);
  EXPECT_EQ(reduced.labels, Reduced().labels);
  EXPECT_EQ(reduced.rows, Reduced().rows);

  EXPECT_EQ(ReadRejects(golden.get(), "rejects.parquet").ValueOrDie(),
            ReadRejects(fresh.get(), "rejects.parquet").ValueOrDie());
  EXPECT_EQ(ReadMetadata(golden.get(), "rejects.parquet").ValueOrDie().at("pomona.model"),
            "vgg16");
  const auto scan = [](store::ByteStore* store) {
    std::vector<store::ListedImage> images;
    EXPECT_TRUE(ScanListing(store, "listing", [&](const auto& image) {
                  images.push_back(image);
                  return Status::OK();
                }).ok());
    return images;
  };
  EXPECT_EQ(scan(golden.get()).size(), 5U);
  EXPECT_EQ(scan(golden.get()), scan(fresh.get()));
  EXPECT_EQ(Read(golden.get(), "reduced.csv"), Read(fresh.get(), "reduced.csv"));
  EXPECT_EQ(Read(golden.get(), "reduced.npz"), Read(fresh.get(), "reduced.npz"));
  EXPECT_EQ(Read(golden.get(), "zip64.zip"), Read(fresh.get(), "zip64.zip"));
}

// Makes the golden files anew: --gtest_also_run_disabled_tests and POMONA_GOLDEN=FOLDER.
TEST(Version1, DISABLED_Make) {
  const char* folder = std::getenv("POMONA_GOLDEN");
  ASSERT_NE(folder, nullptr);
  auto store = store::OpenByteStore(folder).ValueOrDie();
  const Status status = WriteGolden(store.get());
  ASSERT_TRUE(status.ok()) << status;
}

}  // namespace
}  // namespace pomona::table
