// SPDX-License-Identifier: Apache-2.0
// The tables of a run and their schemas (docs/formats.md): listing, features, reduced
// rows, rejects; as Parquet, and the reduced rows also as CSV and NPZ. Same content, same
// bytes.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <arrow/io/type_fwd.h>
#include <arrow/type_fwd.h>

#include "pomona/base/status.h"
#include "pomona/store/byte_store.h"
#include "pomona/store/image_source.h"

namespace pomona::table {

inline constexpr int kSchemaVersion = 1;

// Key-value metadata of a file; "pomona.schema_version" is added. Never run id, time,
// host.
using Metadata = std::map<std::string, std::string>;

// Which part of a photo a row is of (image/regions.h).
struct Fruit {
  int64_t index = 0;  // 0: the photo itself
  std::string kind;   // "photo", "shape", "piece", "window"
  int64_t left = 0, top = 0, right = 0, bottom = 0;  // pixels of the photo
  int64_t parent = 0;                                // of a piece: the index of its shape
  std::vector<int64_t> outline;  // x, y, ... around a shape or piece, clockwise
  bool operator==(const Fruit&) const = default;
};

// One used picture without its numbers.
struct RowKey {
  std::string path;
  std::optional<std::string> label;
  int64_t width = 0;  // as displayed, before resizing
  int64_t height = 0;
  std::string sha256;               // 64 hex digits, of the encoded bytes
  std::optional<Fruit> fruit = {};  // with --regions fruits
};

// features/part-N: path, label, width, height, sha256, features:
// fixed_size_list<float>[dim]. With fruits, which all rows have or none, before the
// features: fruit_index, region, left, top, right, bottom, parent, outline.
struct FeatureTable {
  std::vector<RowKey> keys;
  int64_t dim = 0;
  std::vector<float> rows;  // keys.size() x dim
  bool has_fruits() const { return !keys.empty() && keys.front().fruit.has_value(); }
  // Photos, however many rows each has.
  int64_t CountPictures() const;
};

// reduced/gen-G/part-N: path, label, pca: fixed_size_list<float>[k].
struct ReducedTable {
  std::vector<std::string> paths;
  std::vector<std::optional<std::string>> labels;
  int64_t k = 0;
  std::vector<float> rows;  // paths.size() x k
};

// rejects/part-N: path, stage, code, message, bytes (-1 when unknown).
struct RejectRow {
  std::string path;
  std::string stage;
  std::string code;
  std::string message;
  int64_t bytes = -1;
  bool operator==(const RejectRow&) const = default;
};

// Invalid unless k >= 1 and the sizes agree.
Status CheckReduced(const ReducedTable& table);

// Each commits one file to `store` under `path`.
Status WriteFeatures(store::ByteStore* store, const std::string& path,
                     const FeatureTable& table, const Metadata& metadata);
Status WriteReduced(store::ByteStore* store, const std::string& path,
                    const ReducedTable& table, const Metadata& metadata);
// A header (path,label,pca_0,...), RFC 4180 quoting, LF, the shortest digits that read
// back as the same float. No label: nothing between the commas.
Status WriteReducedCsv(store::ByteStore* store, const std::string& path,
                       const ReducedTable& table);
// Arrays for numpy.load: path, label (text; "" without label), pca (float32, n x k).
Status WriteReducedNpz(store::ByteStore* store, const std::string& path,
                       const ReducedTable& table);
Status WriteRejects(store::ByteStore* store, const std::string& path,
                    const std::vector<RejectRow>& rows, const Metadata& metadata);

// Readers check the schema and say what differs (file, column, type found, type needed).
Result<FeatureTable> ReadFeatures(store::ByteStore* store, const std::string& path);
Result<ReducedTable> ReadReduced(store::ByteStore* store, const std::string& path);
Result<std::vector<RejectRow>> ReadRejects(store::ByteStore* store,
                                           const std::string& path);
Result<Metadata> ReadMetadata(store::ByteStore* store, const std::string& path);

// listing/gen-G/part-N: path, size, mtime_ns, label, locator, valid_name, etag. Rows
// arrive one by one and leave in row groups of `rows_per_group` (a shard),
// `groups_per_part` to a file.
class ListingWriter {
 public:
  ListingWriter(store::ByteStore* store, std::string folder, int64_t rows_per_group,
                int64_t groups_per_part);
  ~ListingWriter();
  ListingWriter(const ListingWriter&) = delete;
  ListingWriter& operator=(const ListingWriter&) = delete;
  // Starts after the rows that the first `parts` committed parts already hold (a resumed
  // listing); Invalid when one of them is not full.
  Status Resume(int64_t parts);
  // The path of the last row (of a resumed part, or appended): where to list on. "" when
  // there is none.
  const std::string& last_path() const;
  Status Append(store::ListedImage image);
  // Commits the last part. Rows written in all, those of resumed parts included.
  Result<int64_t> Finish();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Rows of shard `shard` of the listing in `folder`, which was written with the same
// numbers.
Result<std::vector<store::ListedImage>> ReadListingShard(store::ByteStore* store,
                                                         const std::string& folder,
                                                         int64_t shard,
                                                         int64_t groups_per_part);

// The paths of a listing's files, in order.
Result<std::vector<std::string>> ListingParts(store::ByteStore* store,
                                              const std::string& folder);

// All rows of a listing, part by part, in order.
Status ScanListing(store::ByteStore* store, const std::string& folder,
                   const std::function<Status(const store::ListedImage&)>& visit);

}  // namespace pomona::table
