// SPDX-License-Identifier: Apache-2.0
#include "pomona/store/s3/location.h"

#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pomona::store::s3 {
namespace {

using testing::HasSubstr;
using testing::Not;

Result<Location> Parse(const std::string& uri,
                       const std::map<std::string, std::string>& variables = {}) {
  return ParseLocation(uri, [&](const char* name) {
    const auto found = variables.find(name);
    return found == variables.end() ? "" : found->second;
  });
}

TEST(S3Location, BucketAndPrefix) {
  struct Case {
    const char *uri, *bucket, *prefix, *shown, *key;
  };
  for (const auto& [uri, bucket, prefix, shown, key] :
       {Case{"s3://fruits", "fruits", "", "s3://fruits", "a/b"},
        Case{"s3://fruits/", "fruits", "", "s3://fruits", "a/b"},
        Case{"s3://fruits/Training/Apple 1//", "fruits", "Training/Apple 1",
             "s3://fruits/Training/Apple 1", "Training/Apple 1/a/b"},
        Case{"s3://my.bucket/what?/x", "my.bucket", "what?/x", "s3://my.bucket/what?/x",
             "what?/x/a/b"}}) {
    const auto location = Parse(uri);
    ASSERT_TRUE(location.ok()) << location.status();
    EXPECT_EQ(location->bucket, bucket);
    EXPECT_EQ(location->prefix, prefix);
    EXPECT_EQ(location->uri(), shown);
    EXPECT_EQ(location->Key("a/b"), key);
    EXPECT_EQ(location->scheme, "https");
    EXPECT_EQ(location->host, "");
    EXPECT_FALSE(location->path_style);
  }
}

TEST(S3Location, OptionsAndEnvironment) {
  const std::map<std::string, std::string> variables = {
      {"AWS_ENDPOINT_URL", "http://localhost:9000/"},
      {"AWS_DEFAULT_REGION", "eu-central-1"},
      {"AWS_CA_BUNDLE", "ca.pem"}};
  const auto location = Parse("s3://fruits/a", variables).ValueOrDie();
  EXPECT_EQ(location.scheme, "http");
  EXPECT_EQ(location.host, "localhost:9000");
  EXPECT_EQ(location.region, "eu-central-1");
  EXPECT_EQ(location.ca_file, "ca.pem");
  EXPECT_TRUE(location.path_style);
  const auto other =
      Parse(
          "s3://fruits/a?endpoint=https://s3.example.org&region=x&path_style=false"
          "&anonymous=true",
          variables)
          .ValueOrDie();
  EXPECT_EQ(other.scheme, "https");
  EXPECT_EQ(other.host, "s3.example.org");
  EXPECT_EQ(other.region, "x");
  EXPECT_FALSE(other.path_style);
  EXPECT_TRUE(other.anonymous);
  EXPECT_EQ(other.uri(), "s3://fruits/a");
}

TEST(S3Location, MistakesAreNamed) {
  struct Case {
    const char *uri, *named;
  };
  for (const auto& [uri, named] :
       {Case{"s3://", "'' is no name of a bucket"},
        Case{"s3:///x", "no name of a bucket"}, Case{"s3://a b/x", "'a b'"},
        Case{"s3://fruits/x?colour=red", "'colour'"},
        Case{"s3://fruits?anonymous=maybe", "anonymous=maybe"},
        Case{"s3://fruits?endpoint=ftp://x", "http or https"},
        Case{"s3://fruits?endpoint=http://x/y", "a host"},
        Case{"s3://fruits/\xFF", "UTF-8"}}) {
    const auto status = Parse(uri).status();
    EXPECT_TRUE(status.IsInvalid()) << uri;
    EXPECT_THAT(status.message(), HasSubstr(named));
  }
  const auto secret = Parse("s3://AKIA:hunter2@fruits/x").status();
  EXPECT_THAT(secret.message(), HasSubstr("no credentials"));
  EXPECT_THAT(secret.message(), Not(HasSubstr("hunter2")));
  EXPECT_THAT(
      Parse("s3://fruits", {{"AWS_ENDPOINT_URL", "gopher://x"}}).status().message(),
      HasSubstr("AWS_ENDPOINT_URL"));
}

}  // namespace
}  // namespace pomona::store::s3
