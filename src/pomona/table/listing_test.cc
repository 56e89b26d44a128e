// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdio>

#include <arrow/buffer.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pomona/table/tables.h"

namespace pomona::table {
namespace {

using store::ListedImage;
using store::MakeMemoryStore;

ListedImage Image(int64_t i) {
  char path[64];
  std::snprintf(path, sizeof(path), "Apple %lld/%08lld.jpg",
                static_cast<long long>(i / 100), static_cast<long long>(i));
  ListedImage image{path, i, i * 1'000'000'007, i % 3 - 1, "Apple", i % 5 != 0};
  if (i % 2 == 0) image.label = std::nullopt;
  return image;
}

std::vector<ListedImage> Images(int64_t n) {
  std::vector<ListedImage> images;
  for (int64_t i = 0; i < n; ++i) images.push_back(Image(i));
  std::sort(images.begin(), images.end(),
            [](const auto& a, const auto& b) { return a.path < b.path; });
  return images;
}

Status WriteListing(store::ByteStore* store, const std::vector<ListedImage>& images) {
  ListingWriter writer(store, "listing/gen-0000", 10, 3);
  for (const auto& image : images) ARROW_RETURN_NOT_OK(writer.Append(image));
  ARROW_ASSIGN_OR_RAISE(const int64_t n, writer.Finish());
  return n == static_cast<int64_t>(images.size()) ? Status::OK() : Status::Invalid("n");
}

std::vector<ListedImage> Scan(store::ByteStore* store) {
  std::vector<ListedImage> images;
  const Status status = ScanListing(store, "listing/gen-0000", [&](const auto& image) {
    images.push_back(image);
    return Status::OK();
  });
  EXPECT_TRUE(status.ok()) << status;
  return images;
}

TEST(Listing, ComesBackWholeAndShardByShard) {
  for (const int64_t n : {0, 1, 10, 29, 30, 31, 95}) {
    auto store = MakeMemoryStore();
    const auto images = Images(n);
    ASSERT_TRUE(WriteListing(store.get(), images).ok());
    EXPECT_EQ(Scan(store.get()), images);
    const auto files = store->List("").ValueOrDie();
    EXPECT_EQ(files.size(), n == 0 ? 1U : static_cast<size_t>((n + 29) / 30));
    EXPECT_EQ(files[0].path, "listing/gen-0000/part-00000.parquet");

    std::vector<ListedImage> shards;
    for (int64_t shard = 0; shard < (n + 9) / 10; ++shard) {
      auto rows = ReadListingShard(store.get(), "listing/gen-0000", shard, 3);
      ASSERT_TRUE(rows.ok()) << rows.status();
      shards.insert(shards.end(), rows->begin(), rows->end());
    }
    EXPECT_EQ(shards, images);
    EXPECT_FALSE(ReadListingShard(store.get(), "listing/gen-0000", 50, 3).ok());
    EXPECT_FALSE(ReadListingShard(store.get(), "listing/gen-0000", -1, 3).ok());
  }
}

TEST(Listing, ResumesToTheSameBytes) {
  const auto images = Images(95);
  auto whole = MakeMemoryStore();
  ASSERT_TRUE(WriteListing(whole.get(), images).ok());
  for (const int64_t parts : {0, 1, 3}) {
    auto store = MakeMemoryStore();
    {
      ListingWriter writer(store.get(), "listing/gen-0000", 10, 3);
      for (const auto& image : images) ASSERT_TRUE(writer.Append(image).ok());
      // not finished: parts 0 to 2 are committed, the last is not
    }
    ASSERT_EQ(store->List("").ValueOrDie().size(), 3U);
    ListingWriter writer(store.get(), "listing/gen-0000", 10, 3);
    ASSERT_TRUE(writer.Resume(parts).ok());
    const auto rows = static_cast<size_t>(parts * 30);
    EXPECT_EQ(writer.last_path(), parts == 0 ? "" : images[rows - 1].path);
    for (size_t i = rows; i < images.size(); ++i) {
      ASSERT_TRUE(writer.Append(images[i]).ok());
    }
    EXPECT_EQ(writer.Finish().ValueOrDie(), 95);
    for (const auto& file : whole->List("").ValueOrDie()) {
      EXPECT_TRUE(store->Read(file.path).ValueOrDie()->Equals(
          *whole->Read(file.path).ValueOrDie()))
          << file.path;
    }
  }
}

TEST(Listing, APartThatIsMissingOrNotFullIsAnError) {
  auto store = MakeMemoryStore();
  ASSERT_TRUE(WriteListing(store.get(), Images(95)).ok());
  ListingWriter writer(store.get(), "listing/gen-0000", 10, 3);
  EXPECT_THAT(writer.Resume(4).message(), testing::HasSubstr("has 5 rows"));
  ASSERT_TRUE(store->Delete("listing/gen-0000/part-00001.parquet").ok());
  const Status status = ScanListing(store.get(), "listing/gen-0000",
                                    [](const auto&) { return Status::OK(); });
  EXPECT_THAT(status.message(), testing::HasSubstr("lacks"));
}

}  // namespace
}  // namespace pomona::table
