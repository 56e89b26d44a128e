// SPDX-License-Identifier: Apache-2.0
#include "pomona/model/file_bytes.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>

namespace pomona::model {

Result<std::string> ReadFileBytes(const std::string& path, const std::string& what) {
  std::error_code error;
  const bool regular = std::filesystem::is_regular_file(path, error);
  if (!regular) {
    return Status::IOError(what, " file ", path, ": ",
                           error ? error.message() : "not a regular file");
  }
  const auto size = std::filesystem::file_size(path, error);
  if (error) return Status::IOError(what, " file ", path, ": ", error.message());
  const std::unique_ptr<FILE, int (*)(FILE*)> file(std::fopen(path.c_str(), "rb"),
                                                   std::fclose);
  if (!file) return Status::IOError(what, " file ", path, ": ", std::strerror(errno));
  std::string bytes(size, '\0');
  const size_t read = std::fread(bytes.data(), 1, bytes.size(), file.get());
  if (read != bytes.size()) {
    return Status::IOError(what, " file ", path, ": ", read, " bytes read of ", size);
  }
  return bytes;
}

}  // namespace pomona::model
