// SPDX-License-Identifier: Apache-2.0
// What an S3 server says in XML, and the values that it becomes. The bytes come from
// outside: numbers, dates and encodings are checked, and a reply that is cut or is not
// what was asked for is an error, never a shorter list. Pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "pomona/base/status.h"

namespace pomona::store::s3 {

struct S3Object {
  std::string key;       // bytes as stored, decoded
  int64_t size = 0;      // bytes
  int64_t mtime_ns = 0;  // since 1970, UTC
  std::string etag;      // with its quotes, as If-Match wants it; "" where none was told

  bool operator==(const S3Object&) const = default;
};

// One page of a listing.
struct S3Page {
  std::vector<S3Object> objects;
  std::vector<std::string> common_prefixes;  // "folders", with a delimiter
  std::string next_token;                    // "": this was the last page
};

// A multipart upload that was begun and neither completed nor aborted.
struct S3Upload {
  std::string key;
  std::string upload_id;
  int64_t initiated_ns = 0;  // since 1970, UTC

  bool operator==(const S3Upload&) const = default;
};

struct S3UploadPage {
  std::vector<S3Upload> uploads;
  bool last = true;
  std::string next_key;  // where the next page begins, unless this is the last
  std::string next_upload_id;
};

// The fields of an <Error>, cut to 500 bytes each, without control characters.
struct S3ErrorReply {
  std::string code;  // "NoSuchKey"; "" when the reply is no S3 error
  std::string message;
  std::string region;  // the right one, where the server tells it
};

// The reply to ListObjectsV2. Keys with encoding-type=url are decoded, others taken as
// they are.
Result<S3Page> ParseObjects(std::string_view xml);

// The reply to ListMultipartUploads.
Result<S3UploadPage> ParseUploads(std::string_view xml);

// Never fails: a reply that is not understood (a proxy's HTML, nothing) has empty fields.
S3ErrorReply ParseError(std::string_view xml);

// `etag` in double quotes, as headers have it; some servers leave them off in lists.
std::string QuotedEtag(std::string_view etag);

}  // namespace pomona::store::s3
