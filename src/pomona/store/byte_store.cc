// SPDX-License-Identifier: Apache-2.0
#include "pomona/store/byte_store.h"

#include <arrow/io/interfaces.h>

#include "pomona/store/local_store.h"
#include "pomona/store/posix.h"
#include "pomona/store/s3/location.h"
#include "pomona/store/s3/store.h"

namespace pomona::store {

Status ByteStore::Put(const std::string& path, std::string_view bytes) {
  ARROW_ASSIGN_OR_RAISE(auto file, Create(path));
  ARROW_RETURN_NOT_OK(
      file->stream()->Write(bytes.data(), static_cast<int64_t>(bytes.size())));
  return file->Commit();
}

Status CheckStorePath(const std::string& path) {
  const auto bad = [&](const char* why) {
    return Status::Invalid("not a path inside a store: ", Quoted(path), " (", why, ")");
  };
  if (path.empty()) return bad("empty");
  if (path.find('\0') != std::string::npos) return bad("a zero byte");
  size_t begin = 0;
  while (begin <= path.size()) {
    const size_t end = std::min(path.find('/', begin), path.size());
    const auto part = std::string_view(path).substr(begin, end - begin);
    if (part.empty()) return bad("an empty part");
    if (part == "." || part == "..") return bad("'.' or '..'");
    begin = end + 1;
  }
  return Status::OK();
}

Result<std::shared_ptr<ByteStore>> OpenByteStore(const std::string& uri,
                                                 s3::RetrySink on_retry) {
  if (uri.empty()) return Status::Invalid("the destination is empty: name a folder");
  if (s3::IsS3(uri)) return s3::OpenS3Store(uri, std::move(on_retry));
  if (uri.find("://") != std::string::npos) {
    return Status::NotImplemented("cannot open ", Quoted(uri),
                                  ": folders and s3:// addresses can be written to");
  }
  if (uri.find('\0') != std::string::npos) {
    return Status::Invalid("not a path: ", Quoted(uri), " (a zero byte)");
  }
  return MakeLocalStore(uri);
}

}  // namespace pomona::store
