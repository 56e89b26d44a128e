// SPDX-License-Identifier: Apache-2.0
// An object as a file to read anywhere.
#pragma once

#include <memory>
#include <string>

#include <arrow/io/type_fwd.h>

#include "pomona/base/status.h"
#include "pomona/store/s3/client.h"

namespace pomona::store::s3 {

// One HEAD, then for up to 1 MB one GET, else a GET a ReadAt, under If-Match: an object
// that is replaced meanwhile is an error, never a mixture. KeyError when there is none.
// ReadAt is thread-safe.
Result<std::shared_ptr<arrow::io::RandomAccessFile>> OpenObject(
    std::shared_ptr<S3Client> client, const std::string& key);
// The same without the HEAD, whose answer `object` is.
Result<std::shared_ptr<arrow::io::RandomAccessFile>> OpenObject(
    std::shared_ptr<S3Client> client, S3Object object);

// A range of it, likewise; fewer bytes at its end. Does not wait.
arrow::Future<std::shared_ptr<arrow::Buffer>> StartRange(S3Client* client,
                                                         const S3Object& object,
                                                         int64_t offset, int64_t size);

}  // namespace pomona::store::s3
