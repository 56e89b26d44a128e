// SPDX-License-Identifier: Apache-2.0
// Any bytes as the reply of an S3 server: they end in a value within its promised range
// or in an error.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "pomona/store/s3/xml.h"

namespace {

using namespace pomona::store::s3;  // NOLINT: a program, not a library

void Check(bool promise) {
  if (!promise) std::abort();
}

void CheckObjects(std::string_view xml) {
  const auto page = ParseObjects(xml);
  if (!page.ok()) return;
  for (const S3Object& object : page->objects) {
    Check(!object.key.empty() && object.key.size() <= xml.size());
    Check(object.size >= 0 && object.mtime_ns >= 0);
    Check(object.etag.empty() || object.etag.back() == '"');
  }
  for (const auto& prefix : page->common_prefixes) Check(!prefix.empty());
}

void CheckUploads(std::string_view xml) {
  const auto page = ParseUploads(xml);
  if (!page.ok()) return;
  Check(page->last || !page->next_key.empty());
  for (const S3Upload& upload : page->uploads) {
    Check(!upload.key.empty() && !upload.upload_id.empty() && upload.initiated_ns >= 0);
  }
}

void CheckError(std::string_view xml) {
  const auto error = ParseError(xml);
  for (std::string_view field :
       {std::string_view(error.code), std::string_view(error.message),
        std::string_view(error.region)}) {
    Check(field.size() <= 500);
    for (char c : field) Check(static_cast<unsigned char>(c) >= 0x20 && c != 0x7F);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view xml(reinterpret_cast<const char*>(data), size);
  CheckObjects(xml);
  CheckUploads(xml);
  CheckError(xml);
  return 0;
}
