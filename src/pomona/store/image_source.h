// SPDX-License-Identifier: Apache-2.0
// An image source lists pictures in one fixed order and reads them. Kinds: a folder tree,
// a list file (txt, CSV, Parquet of paths), a tar file or a folder of them, Parquet with
// an image-bytes column.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include <arrow/type_fwd.h>

#include "pomona/base/status.h"
#include "pomona/store/s3/retry.h"

namespace pomona::store {

// One entry of a listing. `path` is relative to the source and valid UTF-8: a name that
// is not has its foreign bytes written as \xNN and `valid_name` false, and becomes a
// reject.
struct ListedImage {
  std::string path;
  int64_t size = 0;      // bytes; -1 where only reading tells (Parquet)
  int64_t mtime_ns = 0;  // since 1970, UTC; of the archive for what lies in one
  int64_t locator = -1;  // tar: offset of the data; Parquet: row number; else -1
  std::optional<std::string> label;
  bool valid_name = true;
  std::optional<std::string> etag = {};  // S3: which object it was, for If-Match

  bool operator==(const ListedImage&) const = default;
};

// How a label is found. "dir": the name of the parent folder (of the last one; none at
// the root); "none"; "column:NAME" (CSV, Parquet; a key of a tar's .json; tar's .cls and
// .txt by "column:cls", "column:txt"); anything else is a regular expression on the path
// whose first group (or whole match) is the label.
class LabelRule {
 public:
  // Invalid for a regular expression that does not compile.
  static Result<LabelRule> Parse(const std::string& text);
  // The label that the path alone gives; nullopt for none or "column:".
  std::optional<std::string> FromPath(const std::string& path) const;
  // NAME of "column:NAME", or "".
  const std::string& column() const { return column_; }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
  std::string column_;
  std::shared_ptr<const void> regex_;
};

struct SourceOptions {
  std::string label_from = "dir";
  // List every file, also those whose name says that they are no picture (.txt, .json,
  // ...).
  bool all_files = false;
  // Parquet: the column with the encoded image ("" finds a lone binary column, or
  // "content", "image", "bytes", "image.bytes"); list files: the column with the path (""
  // likewise).
  std::string image_column;
  // The listing is there already: nothing is read through before List.
  bool listed = false;
  // Told of requests to S3 that are tried again; from any thread. May be empty.
  s3::RetrySink on_retry = {};
};

// What a listing passed over, by reason: {".txt": 3, "hidden": 1}.
using SkippedCounts = std::map<std::string, int64_t>;

// Thread-safe except for List; that too where reads_while_listing.
class ImageSource {
 public:
  virtual ~ImageSource() = default;
  // For messages: "folder fruits/", "tar train.tar".
  virtual std::string description() const = 0;
  // What was opened, as it was given to OpenImageSource.
  virtual std::string uri() const = 0;
  // Calls `visit` for every image with a path greater than `after` ("" is all), in the
  // order of the paths' bytes (S3's order). Streams: memory is one folder's names, not
  // the tree's. An error of `visit` ends the listing and is returned.
  virtual Result<SkippedCounts> List(const std::string& after,
                                     const std::function<Status(ListedImage)>& visit) = 0;
  // True where Read may run on other threads while List does.
  virtual bool reads_while_listing() const { return false; }
  // The encoded bytes. Never blocks the caller for long; runs on Arrow's I/O threads.
  // Fails with a reject (kVanished, kChanged, kReadFailed) or a plain error that ends a
  // run.
  virtual arrow::Future<std::shared_ptr<arrow::Buffer>> Read(
      const ListedImage& image) = 0;
  // What waits for a server fails with Cancelled, at once, and so does all that follows.
  virtual void Cancel() {}
};

// Tells by what is at `uri` (folder, *.tar, *.parquet, *.csv, *.txt) which source it is.
Result<std::unique_ptr<ImageSource>> OpenImageSource(const std::string& uri,
                                                     const SourceOptions& options);

}  // namespace pomona::store
