// SPDX-License-Identifier: Apache-2.0
#include "pomona/store/s3/xml.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pomona::store::s3 {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string List(const std::string& inside) {
  return R"(<?xml version="1.0" encoding="UTF-8"?>
    <ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name>)" +
         inside + "</ListBucketResult>";
}

std::string Object(const std::string& key, const std::string& size = "7",
                   const std::string& date = "2009-10-12T17:50:30.000Z") {
  return "<Contents><Key>" + key + "</Key><LastModified>" + date +
         "</LastModified><ETag>&quot;e&quot;</ETag><Size>" + size +
         "</Size><StorageClass>STANDARD</StorageClass></Contents>";
}

constexpr const char* kEnd = "<IsTruncated>false</IsTruncated>";

std::vector<std::string> Keys(const std::string& xml) {
  std::vector<std::string> keys;
  for (const auto& object : ParseObjects(xml).ValueOrDie().objects) {
    keys.push_back(object.key);
  }
  return keys;
}

TEST(Xml, ReadsAPageOfObjects) {
  const auto page =
      ParseObjects(List(Object("a/b.jpg") +
                        "<CommonPrefixes><Prefix>c/</Prefix></CommonPrefixes>"
                        "<IsTruncated>true</IsTruncated>"
                        "<NextContinuationToken>1ueGcx==</NextContinuationToken>"))
          .ValueOrDie();
  EXPECT_THAT(page.objects,
              ElementsAre(S3Object{"a/b.jpg", 7, 1255369830000000000, "\"e\""}));
  EXPECT_THAT(page.common_prefixes, ElementsAre("c/"));
  EXPECT_EQ(page.next_token, "1ueGcx==");
}

TEST(Xml, ReadsAnEmptyLastPage) {
  const auto page = ParseObjects(List(kEnd)).ValueOrDie();
  EXPECT_THAT(page.objects, IsEmpty());
  EXPECT_EQ(page.next_token, "");
}

// AWS writes a space as '+', others as %20; all write '+' as %2B.
TEST(Xml, DecodesKeysThatAreUrlEncoded) {
  const std::string url = "<EncodingType>url</EncodingType>";
  EXPECT_THAT(Keys(List(url + Object("a+b%20c%2Bd%25%0A%C3%AA/%41") + kEnd)),
              ElementsAre("a b c+d%\n\xC3\xAA/A"));
  EXPECT_THAT(Keys(List("<EncodingType></EncodingType>" + Object("a+b%20") + kEnd)),
              ElementsAre("a+b%20"));
}

TEST(Xml, KeepsKeysThatAreNot) {
  EXPECT_THAT(Keys(List(Object(" ") + Object("a &amp; &lt;b&gt;&#xA;") +
                        Object("a<![CDATA[<b>]]>c") + kEnd)),
              ElementsAre(" ", "a & <b>\n", "a<b>c"));
}

TEST(Xml, AListThatIsNotUnderstoodIsAnError) {
  const std::string whole = List(Object("k") + kEnd);
  const std::string cases[] = {
      "",
      "not XML",
      "<html><body>502 Bad Gateway</body></html>",
      whole.substr(0, whole.size() - 5),
      whole.substr(0, whole.size() / 2),
      List(Object("k")),  // no word about an end
      List(Object("k") + "<IsTruncated>maybe</IsTruncated>"),
      List(Object("k") + "<IsTruncated>true</IsTruncated>"),  // and no token
      List(Object("") + kEnd),
      List(Object("k", "-1") + kEnd),
      List(Object("k", "1e3") + kEnd),
      List(Object("k", "") + kEnd),
      List(Object("k", "9223372036854775808") + kEnd),
      List(Object("k", "1", "yesterday") + kEnd),
      List("<EncodingType>url</EncodingType>" + Object("%4") + kEnd),
      List("<EncodingType>url</EncodingType>" + Object("%zz") + kEnd),
  };
  for (const std::string& xml : cases) {
    const Status status = ParseObjects(xml).status();
    EXPECT_TRUE(status.IsIOError()) << xml;
    EXPECT_THAT(status.message(), HasSubstr("not understood")) << xml;
  }
}

TEST(Xml, ReadsUnfinishedUploads) {
  const auto page = ParseUploads(R"(<ListMultipartUploadsResult>
      <Upload><Key>a b</Key><UploadId>id/1+</UploadId>
        <Initiated>2009-10-12T17:50:30Z</Initiated></Upload>
      <IsTruncated>true</IsTruncated><NextKeyMarker>a b</NextKeyMarker>
      <NextUploadIdMarker>id/1+</NextUploadIdMarker></ListMultipartUploadsResult>)")
                        .ValueOrDie();
  EXPECT_THAT(page.uploads, ElementsAre(S3Upload{"a b", "id/1+", 1255369830000000000}));
  EXPECT_FALSE(page.last);
  EXPECT_EQ(page.next_key, "a b");
  EXPECT_EQ(page.next_upload_id, "id/1+");
  EXPECT_TRUE(ParseUploads("<ListMultipartUploadsResult><IsTruncated>false</IsTruncated>"
                           "</ListMultipartUploadsResult>")
                  .ValueOrDie()
                  .last);
}

TEST(Xml, UploadsThatAreNotUnderstoodAreAnError) {
  for (const char* inside :
       {"", "<IsTruncated>true</IsTruncated>",
        "<Upload><Key>k</Key></Upload><IsTruncated>false</IsTruncated>",
        "<Upload><Key>k</Key><UploadId>1</UploadId></Upload>"
        "<IsTruncated>false</IsTruncated>"}) {
    const std::string xml = "<ListMultipartUploadsResult>" + std::string(inside) +
                            "</ListMultipartUploadsResult>";
    EXPECT_TRUE(ParseUploads(xml).status().IsIOError()) << inside;
  }
}

TEST(Xml, ReadsErrorsAndNothingElse) {
  const auto error = ParseError(
      "<Error><Code>AuthorizationHeaderMalformed</Code><Message>the region is\n"
      "wrong</Message><Region>eu-west-3</Region></Error>");
  EXPECT_EQ(error.code, "AuthorizationHeaderMalformed");
  EXPECT_EQ(error.message, "the region is wrong");
  EXPECT_EQ(error.region, "eu-west-3");
  for (const char* text :
       {"", "<html></html>", "<Error><Code>X", "Service Unavailable"}) {
    EXPECT_EQ(ParseError(text).code, "") << text;
  }
  const std::string novel =
      "<Error><Message>" + std::string(9999, 'm') + "</Message></Error>";
  EXPECT_EQ(ParseError(novel).message.size(), 500u);
}

TEST(Xml, EntitiesDoNotGrow) {
  const std::string bomb =
      R"(<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>)" +
      std::string("<ListBucketResult>") + Object("&b;") + kEnd + "</ListBucketResult>";
  EXPECT_THAT(Keys(bomb), ElementsAre("&b;"));
}

TEST(Xml, EtagsAreQuotedOnce) {
  EXPECT_EQ(QuotedEtag("abc-2"), "\"abc-2\"");
  EXPECT_EQ(QuotedEtag("\"abc\""), "\"abc\"");
  EXPECT_EQ(QuotedEtag("W/\"abc\""), "W/\"abc\"");
  EXPECT_EQ(QuotedEtag(""), "");
}

}  // namespace
}  // namespace pomona::store::s3
