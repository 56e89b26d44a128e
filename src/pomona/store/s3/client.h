// SPDX-License-Identifier: Apache-2.0
// A small S3 client for one bucket: what Arrow's S3 file system lacks (conditional
// requests, ETags of listings, unfinished uploads, reads that check what they got), over
// libcurl with our own signer. Failures that may pass are tried again as RetryPolicy
// says.
//
// Errors: see S3ErrorKind in errors.h; GetS3Error(status) tells them apart. Messages name
// the bucket and the key, never credentials.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <arrow/type_fwd.h>
#include <arrow/util/future.h>

#include "pomona/base/status.h"
#include "pomona/store/s3/call.h"
#include "pomona/store/s3/errors.h"
#include "pomona/store/s3/xml.h"

namespace pomona::store::s3 {

struct ByteRange {
  int64_t offset = 0;
  int64_t length = 0;  // at least 1
};

struct GetOptions {
  std::optional<ByteRange> range;        // default: the whole object
  std::string if_match;                  // an ETag; "": any version
  int64_t expected_size = -1;            // of the whole object; another size is kChanged
  int64_t max_bytes = int64_t{1} << 30;  // longer replies are kTooLarge
};

struct S3Content {
  std::shared_ptr<arrow::Buffer> bytes;
  std::string etag;
  int64_t mtime_ns = 0;
};

struct ListOptions {
  std::string prefix;
  std::string start_after;  // a key; the list begins behind it
  std::string token;        // S3Page::next_token of the page before; "": the first page
  int max_keys = 1000;
  std::string delimiter;  // "/": keys with one behind the prefix are folded into prefixes
};

struct PutCondition {
  bool if_absent = false;  // kExists when the key is there
  std::string if_match;    // kChanged unless this ETag is there
};

// Thread-safe. Destruction fails open requests with Cancelled.
//
// The futures are finished on Arrow's I/O threads: a continuation may compute and may
// start further requests, and must not wait for a future. The other methods wait in the
// caller's thread and need no pool, so that they may be called from any thread, Arrow's
// too.
class S3Client {
 public:
  // Sends nothing and starts no thread before the first request; a client that was used
  // is dead in a forked child (Invalid).
  static Result<std::shared_ptr<S3Client>> Make(S3ClientOptions options);

  // One GET, no HEAD. Its length, version and range are checked, so that bytes of another
  // version than asked for are an error; a body that was cut is fetched again whole.
  arrow::Future<std::shared_ptr<arrow::Buffer>> Get(const std::string& key,
                                                    const GetOptions& options = {});
  Result<S3Content> Fetch(const std::string& key, const GetOptions& options = {});

  // One page of keys in the order of their bytes (ListObjectsV2).
  arrow::Future<S3Page> List(const ListOptions& options);
  Result<S3Page> ListNow(const ListOptions& options);

  Result<S3Object> Head(const std::string& key);
  arrow::Future<S3Object> StartHead(const std::string& key);

  // One PUT of the whole object; its ETag. When the answer to a conditional PUT was lost
  // and the retry finds the condition broken, the object is read: if it holds `bytes`, it
  // was this PUT that wrote them. So contents that must be told apart (a lease) need
  // something unique in them.
  Result<std::string> Put(const std::string& key,
                          const std::shared_ptr<arrow::Buffer>& bytes,
                          const PutCondition& condition = {});
  // Succeeds when there is nothing to remove.
  Status Delete(const std::string& key);

  // Multipart uploads below `prefix` that were never completed; all pages.
  Result<std::vector<S3Upload>> ListUploads(const std::string& prefix);
  // Succeeds when the upload is gone already.
  Status AbortUpload(const std::string& key, const std::string& upload_id);

  // Seconds that the server's clock is ahead of this machine's, to a second; needs an
  // endpoint that answers, but no permission. More than 15 minutes either way and S3
  // refuses signed requests.
  Result<double> ClockSkew();

  // Fails open and later requests with Cancelled.
  void Cancel() { caller_->Cancel(); }

 private:
  explicit S3Client(std::shared_ptr<Caller> caller) : caller_(std::move(caller)) {}

  std::shared_ptr<Caller> caller_;
};

}  // namespace pomona::store::s3
