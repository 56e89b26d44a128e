// SPDX-License-Identifier: Apache-2.0
// What the kinds of image sources share; image_source.h is the contract.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <arrow/type_fwd.h>

#include "pomona/base/status.h"
#include "pomona/store/image_source.h"
#include "pomona/store/named_files.h"
#include "pomona/store/posix.h"
#include "pomona/store/source_file.h"

namespace pomona::store {

// One encoded picture may have this many bytes; more is a reject (kTooLarge), so that a
// film among the pictures does not take the memory.
inline constexpr int64_t kMaxEncodedBytes = int64_t{256} << 20;

// Names under which files keep the paths of pictures, the likeliest first.
inline const std::vector<std::string> kPathColumns = {
    "path", "file", "filename", "file_name", "file_path", "image_path", "__key__"};

using BufferPtr = std::shared_ptr<arrow::Buffer>;

// The reason to pass over a file whose name says that it is no picture (".txt",
// "LICENSE"), or "" where only its content can tell.
std::string NoPictureReason(std::string_view name);

// The part after the last '/'.
std::string_view LastPart(std::string_view path);

// The reason to pass over `path` of an archive or a bucket: "hidden", or, unless
// `all_files`, that of its name; "" for what may be a picture.
std::string PassOverReason(std::string_view path, bool all_files);

// Fails where labels are wanted from a column of `what`, which has none.
Status CheckNoColumn(const LabelRule& rule, const char* what);

// An image whose path is `raw`, foreign bytes escaped.
ListedImage NamedImage(std::string_view raw);

// Runs `work` on Arrow's I/O threads.
arrow::Future<BufferPtr> OnIoThread(std::function<Result<BufferPtr>()> work);

// The bytes of the file at `path` (relative to the folder `root_fd`, or absolute).
// Rejects: kBadName, kVanished, kChanged (its size or time are not those of `image`),
// kTooLarge, kReadFailed.
Result<BufferPtr> ReadListedFile(int root_fd, const std::string& path,
                                 const ListedImage& image);

// `path` without "./" and doubled slashes.
std::string PlainPath(std::string_view path);

// A file that was opened as a source, and the files beside it.
struct OpenedFile {
  std::string uri;  // as it was given to OpenImageSource
  std::shared_ptr<SourceFile> file;
  std::shared_ptr<NamedFiles> beside;
};

// Tells by the content of the file, then by its name, which source it is.
Result<std::unique_ptr<ImageSource>> OpenOneFile(const OpenedFile& file, LabelRule rule,
                                                 const SourceOptions& options);

// Each fails where nothing that can be used is at `path`.
Result<std::unique_ptr<ImageSource>> OpenFolderSource(const std::string& path,
                                                      LabelRule rule,
                                                      const SourceOptions& options);
Result<std::unique_ptr<ImageSource>> OpenFileSource(const OpenedFile& file,
                                                    LabelRule rule);
Result<std::unique_ptr<ImageSource>> OpenListSource(const OpenedFile& list,
                                                    LabelRule rule,
                                                    const SourceOptions& options);
Result<std::unique_ptr<ImageSource>> OpenTarSource(const std::string& uri,
                                                   std::shared_ptr<SourceFile> archive,
                                                   LabelRule rule,
                                                   const SourceOptions& options);
// The *.tar files of `folder` when these are all that it holds but for files that are no
// pictures (an index, a README); else none.
Result<std::vector<std::string>> TarArchivesOf(const std::string& folder);
// Archives of one place, by name.
using OpenArchive =
    std::function<Result<std::shared_ptr<SourceFile>>(const std::string& name)>;
// `place`: as messages show it.
Result<std::unique_ptr<ImageSource>> OpenTarFolderSource(
    const std::string& uri, const std::string& place, std::vector<std::string> archives,
    OpenArchive open, LabelRule rule, const SourceOptions& options);
Result<std::unique_ptr<ImageSource>> OpenParquetSource(const OpenedFile& opened,
                                                       LabelRule rule,
                                                       const SourceOptions& options);

}  // namespace pomona::store
