// SPDX-License-Identifier: Apache-2.0
// S3 failures in plain words: what could not be done with which object, why, and the
// remedy. Messages never hold credentials.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "pomona/base/status.h"
#include "pomona/store/s3/http.h"
#include "pomona/store/s3/retry.h"

namespace pomona::store::s3 {

enum class S3ErrorKind {
  kMissing,         // KeyError: no such object (or upload)
  kMissingBucket,   // KeyError
  kExists,          // AlreadyExists: a PUT with if_absent
  kChanged,         // Invalid: another version than was asked for
  kTooLarge,        // Invalid: more bytes than were allowed
  kDenied,          // IOError, as all below: a permission is missing, or the key is wrong
  kBadCredentials,  // the server says that a key, token or signature is wrong
  kClock,           // this machine's clock is off
  kWrongRegion,
  kUnreachable,  // no connection, no such host, no TLS
  kFailed,       // the server kept failing, or connections broke, for as long as we tried
  kFull,         // no space or quota left
  kUnsupported,  // the server does not know this request
  kOther,
};

struct S3Error {
  S3ErrorKind kind = S3ErrorKind::kOther;
  int http_status = 0;     // 0: there was no reply
  std::string code;        // the server's word, "NoSuchKey"; often "" after a HEAD
  bool transient = false;  // another try, later, may succeed
};

// What `status` carries if it comes from the S3 client; nullopt for any other (or OK).
std::optional<S3Error> GetS3Error(const Status& status);

enum class S3Operation {
  kGet,
  kHead,
  kPut,
  kDelete,
  kList,
  kListUploads,
  kAbortUpload,
  kProbe,  // reaching the endpoint, with no key
};

// "read", "list", ...: as in "cannot read 's3://b/k'".
const char* OperationVerb(S3Operation operation);

// What was asked, for the message.
struct S3Question {
  S3Operation operation = S3Operation::kGet;
  std::string bucket;
  std::string key;       // or prefix
  std::string endpoint;  // "https://host:port"
  std::string region;
  bool anonymous = false;
  bool if_absent = false;  // of a PUT
};

// "s3://bucket/key", in quotes and without control characters.
std::string ObjectName(const S3Question& question);

// The failure that a request without a usable 2xx reply is; `failure` says how it is
// classified and how a retry would be explained. A Status without libcurl's code
// (cancelled, no memory) is nullopt: it is passed on as it is.
struct S3Outcome {
  Failure failure;
  std::string reason;          // "HTTP 503 SlowDown", "connection refused"
  std::string server_says;     // the message of the reply
  std::string right_region;    // "" where the server does not tell it
  std::optional<double> skew;  // seconds that the server's clock is ahead of ours
};
std::optional<S3Outcome> Judge(const Result<HttpResponse>& result);

// The final error. `retries` and `seconds` say how hard it was tried.
Status ExplainFailure(const S3Question& question, const S3Outcome& outcome,
                      int64_t retries, double seconds);

// For what only the client sees.
Status ChangedError(const S3Question& question, const std::string& what);
Status TooLargeError(const S3Question& question, int64_t limit);
Status NonsenseError(const S3Question& question, const std::string& what);

}  // namespace pomona::store::s3
