// SPDX-License-Identifier: Apache-2.0
#include "pomona/store/s3/signer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pomona/base/hash.h"

namespace pomona::store::s3 {
namespace {

using testing::EndsWith;
using testing::HasSubstr;

constexpr std::time_t kMay24 = 1369353600;  // 20130524T000000Z
const S3Credentials kExample = {"AKIAIOSFODNN7EXAMPLE",
                                "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", ""};

struct Published {
  const char* name;
  SigningInput input;
  const char* payload;
  const char* signature;
};

// The four examples of AWS's page (see signer.h).
TEST(Signer, AgreesWithTheExamplesThatAwsPublished) {
  const std::string host = "examplebucket.s3.amazonaws.com";
  const Published cases[] = {
      {"get object",
       {"GET", "/test.txt", {}, {{"host", host}, {"range", "bytes=0-9"}}, ""},
       "",
       "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"},
      {"put object",
       {"PUT",
        UriEncodePath("/test$file.text"),
        {},
        {{"host", host},
         {"date", "Fri, 24 May 2013 00:00:00 GMT"},
         {"x-amz-storage-class", "REDUCED_REDUNDANCY"}},
        ""},
       "Welcome to Amazon S3.",
       "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"},
      {"get bucket lifecycle",
       {"GET", "/", {{"lifecycle", ""}}, {{"host", host}}, ""},
       "",
       "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"},
      {"list objects",
       {"GET", "/", {{"prefix", "J"}, {"max-keys", "2"}}, {{"host", host}}, ""},
       "",
       "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"},
  };
  for (Published c : cases) {
    c.input.payload_sha256 = HexSha256(c.payload);
    const auto headers = Sign(c.input, kExample, "us-east-1", kMay24);
    EXPECT_THAT(headers.at("authorization"), EndsWith(c.signature)) << c.name;
    EXPECT_EQ(headers.at("x-amz-date"), "20130524T000000Z");
    EXPECT_EQ(headers.at("x-amz-content-sha256"), c.input.payload_sha256);
    EXPECT_EQ(headers.count("x-amz-security-token"), 0u);
  }
}

TEST(Signer, NamesWhatItSigned) {
  const SigningInput input = {
      "GET", "/k", {}, {{"host", "h"}, {"if-match", "\"e\""}}, HexSha256("")};
  S3Credentials temporary = kExample;
  temporary.session_token = "token/of+a session";
  const auto headers = Sign(input, temporary, "eu-west-3", kMay24);
  EXPECT_THAT(
      headers.at("authorization"),
      HasSubstr("Credential=AKIAIOSFODNN7EXAMPLE/20130524/eu-west-3/s3/aws4_request, "
                "SignedHeaders=host;if-match;x-amz-content-sha256;x-amz-date;"
                "x-amz-security-token, Signature="));
  EXPECT_EQ(headers.at("x-amz-security-token"), "token/of+a session");
  EXPECT_THAT(headers.at("authorization"), testing::Not(HasSubstr(kExample.secret_key)));
}

TEST(Signer, SpacesAroundAValueAreNotSigned) {
  SigningInput input = {"GET", "/", {}, {{"host", "h"}, {"x", "a b"}}, HexSha256("")};
  const auto plain = Sign(input, kExample, "r", kMay24);
  input.headers["x"] = "  a   b ";
  EXPECT_EQ(Sign(input, kExample, "r", kMay24), plain);
}

TEST(Signer, EncodesEveryByteButTheUnreserved) {
  const std::pair<const char*, const char*> cases[] = {
      {"", ""},
      {"AZaz09-._~", "AZaz09-._~"},
      {"a b+c%d", "a%20b%2Bc%25d"},
      {"p\xC3\xAA"
       "che/1\n",
       "p%C3%AAche%2F1%0A"},
      {"*'()!@:,;=&$#?[]", "%2A%27%28%29%21%40%3A%2C%3B%3D%26%24%23%3F%5B%5D"},
      {"\x7F\xFF\x01", "%7F%FF%01"},
  };
  for (const auto& [bytes, encoded] : cases) EXPECT_EQ(UriEncode(bytes), encoded);
  EXPECT_EQ(UriEncode(std::string("\0", 1)), "%00");
  EXPECT_EQ(UriEncodePath("/a b/../c"), "/a%20b/../c");
}

TEST(Signer, SortsAQueryByItsEncodedBytes) {
  EXPECT_EQ(EncodeQuery({}), "");
  EXPECT_EQ(EncodeQuery({{"prefix", "a/b c"}, {"list-type", "2"}, {"delimiter", ""}}),
            "delimiter=&list-type=2&prefix=a%2Fb%20c");
  EXPECT_EQ(EncodeQuery({{"a", "2"}, {"a", "1"}, {"A", "3"}}), "A=3&a=1&a=2");
}

}  // namespace
}  // namespace pomona::store::s3
