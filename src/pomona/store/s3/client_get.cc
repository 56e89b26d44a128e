// SPDX-License-Identifier: Apache-2.0
#include "pomona/store/s3/client_get.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <string_view>
#include <utility>

#include <arrow/buffer.h>

#include "pomona/store/s3/dates.h"

namespace pomona::store::s3 {
namespace {

// A number without sign; -1 for anything else.
int64_t Number(std::string_view text) {
  int64_t value = -1;
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, value);
  return parsed.ec == std::errc() && parsed.ptr == end ? value : -1;
}

int64_t MtimeNs(const HttpHeaders& headers) {
  return static_cast<int64_t>(
             ParseHttpDate(Header(headers, "last-modified")).value_or(0)) *
         1'000'000'000;
}

// More bytes than this are not even read.
int64_t MaxResponse(const GetOptions& options) {
  if (options.range.has_value()) return options.range->length;
  if (options.expected_size < 0) return options.max_bytes;
  return std::min(options.expected_size, options.max_bytes);
}

Status SizeChanged(const S3Question& question, int64_t before, const std::string& now) {
  return ChangedError(question,
                      "it had " + std::to_string(before) + " bytes, now it has " + now);
}

// "bytes 0-9/100": the range that was asked for, of an object of the expected size.
Status CheckRange(const S3Question& question, const GetOptions& options,
                  const HttpResponse& reply) {
  const std::string text = Header(reply.headers, "content-range");
  const ByteRange range = *options.range;
  const std::string begin = "bytes " + std::to_string(range.offset) + "-";
  const size_t slash = text.find('/');
  if (reply.status != 206 || text.compare(0, begin.size(), begin) != 0 ||
      slash == std::string::npos) {
    return NonsenseError(question,
                         "the server did not send the range that was asked for");
  }
  const std::string total = text.substr(slash + 1);
  if (options.expected_size >= 0 && Number(total) != options.expected_size) {
    return SizeChanged(question, options.expected_size, total);
  }
  if (reply.body->size() == range.length) return Status::OK();
  return ChangedError(question, "bytes " + std::to_string(range.offset) + " to " +
                                    std::to_string(range.offset + range.length) +
                                    " were asked for, and it ends at " + total);
}

}  // namespace

Result<S3Request> MakeGet(const std::string& key, const GetOptions& options) {
  if (key.empty()) return Status::Invalid("an S3 object needs a name (its key is empty)");
  S3Request request;
  request.operation = S3Operation::kGet;
  request.key = key;
  request.max_response = MaxResponse(options);
  if (!options.if_match.empty()) request.headers["if-match"] = options.if_match;
  if (!options.range.has_value()) return request;
  const ByteRange range = *options.range;
  if (range.offset < 0 || range.length < 1 || range.length > options.max_bytes ||
      range.offset > std::numeric_limits<int64_t>::max() - range.length) {
    return Status::Invalid("a range of ", range.length, " bytes from ", range.offset,
                           " is none (the limit is ", options.max_bytes, " bytes)");
  }
  request.headers["range"] = "bytes=" + std::to_string(range.offset) + "-" +
                             std::to_string(range.offset + range.length - 1);
  return request;
}

Result<S3Content> CheckGet(const S3Question& question, const GetOptions& options,
                           const HttpResponse& reply) {
  S3Content content;
  content.etag = QuotedEtag(Header(reply.headers, "etag"));
  content.mtime_ns = MtimeNs(reply.headers);
  // For servers that do not know If-Match.
  if (!options.if_match.empty() && !content.etag.empty() &&
      content.etag != options.if_match) {
    return ChangedError(
        question, "its ETag was " + options.if_match + ", now it is " + content.etag);
  }
  if (options.range.has_value()) {
    ARROW_RETURN_NOT_OK(CheckRange(question, options, reply));
  } else if (options.expected_size >= 0 && reply.body->size() != options.expected_size) {
    return SizeChanged(question, options.expected_size,
                       std::to_string(reply.body->size()));
  }
  content.bytes = reply.body;
  return content;
}

Status ExplainGet(const S3Question& question, const GetOptions& options, Status status) {
  const auto error = GetS3Error(status);
  if (!error.has_value() || error->kind != S3ErrorKind::kTooLarge) return status;
  if (options.range.has_value()) {
    return NonsenseError(question,
                         "the server sent more than the range that was asked for");
  }
  if (options.expected_size >= 0 && options.expected_size <= options.max_bytes) {
    return SizeChanged(question, options.expected_size, "more");
  }
  return TooLargeError(question, options.max_bytes);
}

Result<S3Object> ObjectOf(const S3Question& question, const HttpHeaders& headers) {
  S3Object object;
  object.key = question.key;
  object.size = Number(Header(headers, "content-length"));
  object.mtime_ns = MtimeNs(headers);
  object.etag = QuotedEtag(Header(headers, "etag"));
  if (object.size >= 0) return object;
  return NonsenseError(question, "the server does not tell its size");
}

}  // namespace pomona::store::s3
