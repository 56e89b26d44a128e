// SPDX-License-Identifier: Apache-2.0
// The byte store of an s3:// address; byte_store.h is the contract.
#pragma once

#include <memory>
#include <string>

#include "pomona/base/status.h"
#include "pomona/store/byte_store.h"
#include "pomona/store/s3/retry.h"

namespace pomona::store::s3 {

// A file is gathered in memory and sent at Commit: one PUT up to 64 MB, a multipart
// upload above. Names must be UTF-8 (Invalid). `sink` is told of retries and may be
// empty.
Result<std::shared_ptr<ByteStore>> OpenS3Store(const std::string& uri, RetrySink sink);

}  // namespace pomona::store::s3
