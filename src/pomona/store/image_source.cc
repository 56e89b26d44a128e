// SPDX-License-Identifier: Apache-2.0
#include "pomona/store/image_source.h"

#include <sys/stat.h>

#include <cerrno>
#include <utility>

#include <arrow/buffer.h>

#include "pomona/store/posix.h"
#include "pomona/store/s3/location.h"
#include "pomona/store/s3/source.h"
#include "pomona/store/sources.h"
#include "pomona/store/utf8.h"

namespace pomona::store {
namespace {

Result<std::unique_ptr<ImageSource>> OpenFolder(const std::string& path, LabelRule rule,
                                                const SourceOptions& options) {
  if (!options.all_files) {
    ARROW_ASSIGN_OR_RAISE(auto archives, TarArchivesOf(path));
    if (!archives.empty()) {
      const auto open = [path](const std::string& name) {
        return OpenLocalFile(path + "/" + name);
      };
      return OpenTarFolderSource(path, path, std::move(archives), open, std::move(rule),
                                 options);
    }
  }
  return OpenFolderSource(path, std::move(rule), options);
}

}  // namespace

ListedImage NamedImage(std::string_view raw) {
  ListedImage image;
  image.valid_name = IsUtf8(raw);
  image.path = image.valid_name ? std::string(raw) : EscapeInvalidUtf8(raw);
  return image;
}

Result<std::unique_ptr<ImageSource>> OpenImageSource(const std::string& uri,
                                                     const SourceOptions& options) {
  ARROW_ASSIGN_OR_RAISE(auto rule, LabelRule::Parse(options.label_from));
  if (s3::IsS3(uri)) return s3::OpenS3Source(uri, std::move(rule), options);
  if (uri.find("://") != std::string::npos) {
    return Status::NotImplemented("cannot read pictures from ", Quoted(uri),
                                  ": folders, files and s3:// addresses can be read");
  }
  struct stat info{};
  if (uri.empty() || stat(uri.c_str(), &info) != 0) {
    const int error = uri.empty() ? ENOENT : errno;
    if (error != ENOENT && error != ENOTDIR) return ErrnoStatus("look at", uri, error);
    return Status::KeyError("no such file or folder: ", Quoted(uri),
                            "; give a folder of pictures, a list (.txt, .csv, .parquet) "
                            "or an archive (.tar, .parquet)");
  }
  if (S_ISDIR(info.st_mode)) return OpenFolder(uri, std::move(rule), options);
  ARROW_ASSIGN_OR_RAISE(auto file, OpenLocalFile(uri));
  ARROW_ASSIGN_OR_RAISE(auto beside, FilesBeside(uri));
  return OpenOneFile({uri, std::move(file), std::move(beside)}, std::move(rule), options);
}

Result<std::unique_ptr<ImageSource>> OpenOneFile(const OpenedFile& file, LabelRule rule,
                                                 const SourceOptions& options) {
  ARROW_ASSIGN_OR_RAISE(const auto head, file.file->ReadAt(0, kTellingBytes));
  switch (TellFileKind(file.file->name(), head->ToString())) {
    case FileKind::kCompressed:
      return Status::Invalid(Quoted(file.file->name()),
                             " is compressed: its pictures cannot be read one by one; "
                             "unpack it first (gunzip, unzstd, xz -d, unzip)");
    case FileKind::kOther:
      return OpenFileSource(file, std::move(rule));
    case FileKind::kList:
      return OpenListSource(file, std::move(rule), options);
    case FileKind::kTar:
      return OpenTarSource(file.uri, file.file, std::move(rule), options);
    case FileKind::kParquet:
      return OpenParquetSource(file, std::move(rule), options);
  }
  return Status::UnknownError("unreachable");
}

}  // namespace pomona::store
