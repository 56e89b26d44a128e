// SPDX-License-Identifier: Apache-2.0
#include "pomona/store/s3/address.h"

#include <gtest/gtest.h>

namespace pomona::store::s3 {
namespace {

struct BucketCase {
  S3Endpoint endpoint;
  const char* bucket;
  S3Address address;
};

TEST(Address, OfABucket) {
  const BucketCase cases[] = {
      {{"https", "", "eu-west-3", false},
       "fruits",
       {"https://fruits.s3.eu-west-3.amazonaws.com", "fruits.s3.eu-west-3.amazonaws.com",
        ""}},
      {{"https", "", "cn-north-1", false},
       "fruits",
       {"https://fruits.s3.cn-north-1.amazonaws.com.cn",
        "fruits.s3.cn-north-1.amazonaws.com.cn", ""}},
      {{"https", "", "us-east-1", false},
       "my.fruits",
       {"https://s3.us-east-1.amazonaws.com", "s3.us-east-1.amazonaws.com",
        "/my.fruits"}},
      {{"https", "", "us-east-1", true},
       "Fruits",
       {"https://s3.us-east-1.amazonaws.com", "s3.us-east-1.amazonaws.com", "/Fruits"}},
      {{"http", "store.example:9000", "us-east-1", false},
       "fruits",
       {"http://fruits.store.example:9000", "fruits.store.example:9000", ""}},
      {{"http", "store.example:9000", "us-east-1", true},
       "fruits",
       {"http://store.example:9000", "store.example:9000", "/fruits"}},
      {{"http", "127.0.0.1:9000", "us-east-1", false},
       "fruits",
       {"http://127.0.0.1:9000", "127.0.0.1:9000", "/fruits"}},
      {{"http", "[::1]:9000", "us-east-1", false},
       "fruits",
       {"http://[::1]:9000", "[::1]:9000", "/fruits"}},
  };
  for (const BucketCase& c : cases) {
    const auto address = MakeAddress(c.endpoint, c.bucket);
    ASSERT_TRUE(address.ok()) << address.status();
    EXPECT_EQ(*address, c.address) << address->origin;
  }
}

TEST(Address, NothingElseIsMadeOfIt) {
  const S3Endpoint good{"http", "h:1", "r", true};
  for (const char* bucket : {"", "a/b", "a b", "..", "a?b", "a%2F", "b\n", "user@host"}) {
    EXPECT_TRUE(MakeAddress(good, bucket).status().IsInvalid()) << bucket;
  }
  for (const S3Endpoint& bad :
       {S3Endpoint{"ftp", "h", "r", true}, S3Endpoint{"", "h", "r", true},
        S3Endpoint{"http", "h/x", "r", true}, S3Endpoint{"http", "http://h", "r", true},
        S3Endpoint{"http", "me:secret@h", "r", true}, S3Endpoint{"http", "h", "", true},
        S3Endpoint{"http", "h", "r/s", true},
        S3Endpoint{"http", "h\r\nx: y", "r", true}}) {
    EXPECT_TRUE(MakeAddress(bad, "b").status().IsInvalid()) << bad.scheme << bad.host;
  }
}

}  // namespace
}  // namespace pomona::store::s3
