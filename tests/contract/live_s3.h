// SPDX-License-Identifier: Apache-2.0
// Byte stores on a real S3 server, where one is named: POMONA_TEST_S3_BUCKET and
// AWS_ENDPOINT_URL (with AWS_ACCESS_KEY_ID, ...). The Python tests start it.
#pragma once

#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "pomona/store/byte_store.h"

namespace pomona::store {

// A factory of empty stores, each with a prefix of its own in the bucket; or nothing.
inline std::vector<std::function<std::shared_ptr<ByteStore>()>> LiveS3Stores() {
  const char* bucket = std::getenv("POMONA_TEST_S3_BUCKET");
  if (bucket == nullptr || std::getenv("AWS_ENDPOINT_URL") == nullptr) return {};
  return {[uri = "s3://" + std::string(bucket) + "/stores"] {
    static std::atomic<int> number{0};
    return OpenByteStore(uri + std::to_string(getpid()) + "/" + std::to_string(++number))
        .ValueOrDie();
  }};
}

}  // namespace pomona::store
