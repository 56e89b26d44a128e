// SPDX-License-Identifier: Apache-2.0
// The ways to ask for an object, for the tests of the client.
#pragma once

#include <cstdint>
#include <string>

#include "pomona/store/s3/client.h"

namespace pomona::store::s3 {

inline GetOptions Expect(int64_t size, const std::string& etag = "") {
  GetOptions options;
  options.expected_size = size;
  options.if_match = etag;
  return options;
}

inline GetOptions AtMost(int64_t bytes) {
  GetOptions options;
  options.max_bytes = bytes;
  return options;
}

inline GetOptions InRange(int64_t offset, int64_t length, int64_t size = -1,
                          const std::string& etag = "") {
  GetOptions options = Expect(size, etag);
  options.range = ByteRange{offset, length};
  return options;
}

}  // namespace pomona::store::s3
