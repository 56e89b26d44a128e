// SPDX-License-Identifier: Apache-2.0
// One bucket: Arrow's S3 file system for large writes, our client for everything else,
// both with the same credentials, region and retries.
#pragma once

#include <functional>
#include <memory>

#include "pomona/base/status.h"
#include "pomona/store/s3/client.h"
#include "pomona/store/s3/location.h"
#include "pomona/store/s3/retry.h"

namespace arrow::fs {
class S3FileSystem;
}  // namespace arrow::fs

namespace pomona::store::s3 {

struct Connection {
  Location location;
  std::shared_ptr<arrow::fs::S3FileSystem> fs;
  std::shared_ptr<S3Client> client;
  std::function<Result<S3Credentials>()> credentials;  // empty: anonymous
};

// Finds credentials by AWS's default chain (environment, profile, role of the machine,
// web identity) and the region by address, environment, profile or the bucket itself.
// Nothing is asked of the bucket yet but, where no region is told, its region.
Result<std::shared_ptr<Connection>> Connect(const Location& location, RetrySink sink,
                                            const RetryPolicy& retry = {});

// Ends Arrow's S3, which crashes at the end of a process that does not. Idempotent; also
// called by exit(). No connection works afterwards.
void Shutdown();

}  // namespace pomona::store::s3
