// SPDX-License-Identifier: Apache-2.0
#include "pomona/store/s3/client.h"

#include <atomic>

#include <arrow/buffer.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pomona/store/s3/test_get_options.h"
#include "pomona/store/s3/test_server.h"

namespace pomona::store::s3 {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using Kind = S3ErrorKind;

constexpr const char* kSecret = "SECRETSECRETSECRET";

// A client and the server that it talks to.
struct Pair {
  explicit Pair(ScriptedServer::Script script) : server(std::move(script)) {
    options.endpoint = {"http", server.host(), "us-east-1", true};
    options.bucket = "fruits";
    options.credentials = [] {
      return S3Credentials{"AKIDACCESS", kSecret, "TOKENTOKEN"};
    };
    options.retry = {0.001, 2, 0.01, 0.5, 0.1};
    options.on_retry = [this](const RetryNote& note) {
      std::lock_guard<std::mutex> lock(mutex);
      notes.push_back(note);
    };
  }
  std::shared_ptr<S3Client> Open() { return S3Client::Make(options).ValueOrDie(); }

  ScriptedServer server;
  S3ClientOptions options;
  std::mutex mutex;
  std::vector<RetryNote> notes;
};

// Answers the first requests by the list, later ones by its last entry.
ScriptedServer::Script InTurn(const std::vector<ScriptedReply>& replies) {
  auto next = std::make_shared<std::atomic<size_t>>(0);
  return [=](const SeenRequest&) {
    return replies[std::min(next->fetch_add(1), replies.size() - 1)];
  };
}

ScriptedReply Cut() { return {"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", true}; }
ScriptedReply Whole() { return Reply("200 OK", "apple", "ETag: \"e1\"\r\n"); }
ScriptedReply SlowDown() { return ErrorReply("503 Slow Down", "SlowDown"); }

std::shared_ptr<arrow::Buffer> Bytes(const std::string& text) {
  return arrow::Buffer::FromString(text);
}

Result<std::string> GetText(S3Client* client, const GetOptions& options = {}) {
  const auto future = client->Get("a/b c.jpg", options);
  ARROW_RETURN_NOT_OK(future.status());
  return future.result().ValueOrDie()->ToString();
}

TEST(Client, AGetIsOneSignedRequest) {
  Pair pair(InTurn({Whole()}));
  EXPECT_EQ(GetText(pair.Open().get()).ValueOrDie(), "apple");
  const auto seen = pair.server.seen();
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_EQ(seen[0].line(), "GET /fruits/a/b%20c.jpg HTTP/1.1");
  EXPECT_THAT(seen[0].head, AllOf(HasSubstr("Credential=AKIDACCESS/"),
                                  HasSubstr("x-amz-security-token: TOKENTOKEN"),
                                  Not(HasSubstr(kSecret))));
}

TEST(Client, WithoutAnAccessKeyNothingIsSigned) {
  Pair pair(InTurn({Whole(), ErrorReply("403 Forbidden", "AccessDenied")}));
  pair.options.credentials = nullptr;
  auto client = pair.Open();
  EXPECT_TRUE(GetText(client.get()).ok());
  EXPECT_THAT(pair.server.seen()[0].head, Not(HasSubstr("uthorization")));
  EXPECT_THAT(GetText(client.get()).status().message(), HasSubstr("anonymous"));
}

TEST(Client, WhatMayPassIsTriedAgainWhole) {
  Pair pair(InTurn({SlowDown(), Cut(), {"", true}, Reply("500 Oops", ""), Whole()}));
  auto client = pair.Open();
  EXPECT_EQ(GetText(client.get()).ValueOrDie(), "apple");
  ASSERT_EQ(pair.notes.size(), 4u);
  EXPECT_EQ(pair.notes[0].operation, "read");
  EXPECT_EQ(pair.notes[0].object, "s3://fruits/a/b c.jpg");
  EXPECT_EQ(pair.notes[0].reason, "HTTP 503 SlowDown");
  EXPECT_EQ(pair.notes[3].retry, 4);
  EXPECT_EQ(client->Fetch("k").ValueOrDie().bytes->ToString(), "apple");
}

TEST(Client, GivingUpSaysWhatWasTried) {
  Pair pair(InTurn({SlowDown()}));
  auto client = pair.Open();
  for (const Status& status :
       {GetText(client.get()).status(), client->Fetch("a/b c.jpg").status()}) {
    EXPECT_TRUE(status.IsIOError());
    EXPECT_THAT(status.message(),
                AllOf(HasSubstr("cannot read 's3://fruits/a/b c.jpg': "),
                      HasSubstr("HTTP 503 SlowDown (said the server), after "),
                      HasSubstr(" retries in 0 s")));
    const auto error = GetS3Error(status);
    ASSERT_TRUE(error.has_value());
    EXPECT_EQ(error->kind, Kind::kFailed);
    EXPECT_EQ(error->http_status, 503);
    EXPECT_EQ(error->code, "SlowDown");
    EXPECT_TRUE(error->transient);
  }
  EXPECT_GT(pair.notes.size(), 20u);
}

ListOptions Below(const std::string& prefix) {
  ListOptions options;
  options.prefix = prefix;
  return options;
}

struct Refusal {
  ScriptedReply reply;
  Kind kind;
  std::vector<std::string> words;
};

TEST(Client, FinalErrorsAreExplainedAndNotTriedAgain) {
  const Refusal cases[] = {
      {ErrorReply("404 Not Found", "NoSuchKey"), Kind::kMissing, {"does not exist"}},
      {ErrorReply("403 Forbidden", "InvalidObjectState"), Kind::kOther, {"archived"}},
      {ErrorReply("403 Forbidden", "Weird"), Kind::kOther, {"HTTP 403 Weird (said"}},
      {Reply("404 Not Found", ""), Kind::kMissing, {"does not exist"}},
      {ErrorReply("404 Not Found", "NoSuchVersion"), Kind::kOther, {"HTTP 404 NoSuchV"}},
      {ErrorReply("404 Not Found", "XAdminUserNotFound"),
       Kind::kBadCredentials,
       {"does not know the access key"}},
      {ErrorReply("404 Not Found", "NoSuchBucket"),
       Kind::kMissingBucket,
       {"the bucket 'fruits' does not exist at http://127.0.0.1:"}},
      {ErrorReply("403 Forbidden", "AccessDenied"),
       Kind::kDenied,
       {"lack s3:GetObject on 'arn:aws:s3:::fruits/a/b c.jpg'", "s3:ListBucket"}},
      {Reply("403 Forbidden", ""),
       Kind::kDenied,
       {"s3:GetObject", "secret key", "either"}},
      {ErrorReply("403 Forbidden", "SignatureDoesNotMatch"),
       Kind::kBadCredentials,
       {"secret key"}},
      {ErrorReply("403 Forbidden", "InvalidAccessKeyId"),
       Kind::kBadCredentials,
       {"does not know the access key"}},
      {ErrorReply("400 Bad Request", "ExpiredToken"),
       Kind::kBadCredentials,
       {"session token has expired"}},
      {ErrorReply("403 Forbidden", "RequestTimeTooSkewed", "",
                  "Date: Fri, 24 May 2013 00:00:00 GMT\r\n"),
       Kind::kClock,
       {"clock", "ahead of", "minutes"}},
      {ErrorReply("301 Moved", "PermanentRedirect", "",
                  "x-amz-bucket-region: eu-west-3\r\n"),
       Kind::kWrongRegion,
       {"is in region 'eu-west-3', not in 'us-east-1'"}},
      {ErrorReply("400 Bad Request", "AuthorizationHeaderMalformed",
                  "<Region>eu-west-3</Region>"),
       Kind::kWrongRegion,
       {"set the region to 'eu-west-3'"}},
      {Reply("307 Temporary Redirect", "", "Location: http://elsewhere/\r\n"),
       Kind::kWrongRegion,
       {"not served by region 'us-east-1'"}},
      {ErrorReply("412 Precondition Failed", "PreconditionFailed"),
       Kind::kChanged,
       {"changed"}},
      {ErrorReply("416 Range", "InvalidRange"), Kind::kChanged, {"shorter"}},
      {ErrorReply("507 Full", "InsufficientStorage"), Kind::kFull, {"no space"}},
      {ErrorReply("403 Forbidden", "QuotaExceeded"), Kind::kFull, {"quota"}},
      {ErrorReply("501 Not Implemented", "NotImplemented"),
       Kind::kUnsupported,
       {"does not support"}},
      {ErrorReply("400 Bad Request", "Weird"), Kind::kOther, {"HTTP 400 Weird (said"}},
  };
  for (const Refusal& c : cases) {
    Pair pair(InTurn({c.reply}));
    const Status status = GetText(pair.Open().get()).status();
    const auto error = GetS3Error(status);
    ASSERT_TRUE(error.has_value()) << status;
    EXPECT_EQ(error->kind, c.kind) << status;
    EXPECT_FALSE(error->transient) << status;
    EXPECT_THAT(status.message(), HasSubstr("cannot read 's3://fruits/a/b c.jpg': "));
    for (const auto& word : c.words) EXPECT_THAT(status.message(), HasSubstr(word));
    EXPECT_EQ(pair.server.seen().size(), 1u) << status;
    EXPECT_EQ(status.IsKeyError(),
              c.kind == Kind::kMissing || c.kind == Kind::kMissingBucket);
    EXPECT_EQ(status.IsInvalid(), c.kind == Kind::kChanged) << status;
  }
}

TEST(Client, EachOperationNamesItsPermission) {
  Pair pair(InTurn({ErrorReply("403 Forbidden", "AccessDenied")}));
  auto client = pair.Open();
  const std::pair<Status, std::vector<const char*>> cases[] = {
      {client->ListNow(Below("p/")).status(),
       {"cannot list 's3://fruits/p/'", "s3:ListBucket on 'arn:aws:s3:::fruits'"}},
      {client->List({}).status(), {"cannot list 's3://fruits'", "s3:ListBucket"}},
      {client->Put("k", Bytes("")).status(),
       {"cannot write 's3://fruits/k'", "s3:PutObject on 'arn:aws:s3:::fruits/k'"}},
      {client->Delete("k"), {"cannot remove", "s3:DeleteObject"}},
      {client->ListUploads("p").status(), {"s3:ListBucketMultipartUploads"}},
      {client->AbortUpload("k", "1"), {"s3:AbortMultipartUpload"}},
      {client->Head("k").status(), {"cannot look at", "s3:GetObject", "either"}},
  };
  for (const auto& [status, words] : cases) {
    for (const char* word : words) EXPECT_THAT(status.message(), HasSubstr(word));
    EXPECT_EQ(GetS3Error(status)->kind, Kind::kDenied);
  }
}

TEST(Client, ASecretThatTheServerRepeatsIsNotPassedOn) {
  Pair pair(InTurn({Reply("400 Bad Request",
                          "<Error><Code>Weird</Code><Message>you sent TOKENTOKEN"
                          "</Message></Error>")}));
  EXPECT_THAT(GetText(pair.Open().get()).status().ToString(),
              Not(HasSubstr("TOKENTOKEN")));
}

TEST(Client, AnEndpointThatIsNotThereIsNamed) {
  S3ClientOptions options;
  {
    Pair pair(InTurn({Whole()}));
    options = pair.options;
  }
  options.on_retry = nullptr;
  const auto refused = S3Client::Make(options).ValueOrDie()->Head("k").status();
  EXPECT_EQ(GetS3Error(refused)->kind, Kind::kUnreachable);
  EXPECT_THAT(refused.message(),
              HasSubstr("nothing answers at the endpoint http://127."));
  options.endpoint.host = "no-such-host.invalid:9000";
  const auto unknown = S3Client::Make(options).ValueOrDie()->Head("k").status();
  EXPECT_EQ(GetS3Error(unknown)->kind, Kind::kUnreachable);
  EXPECT_THAT(unknown.message(), HasSubstr("no-such-host.invalid:9000 is not known"));
}

TEST(Client, HttpsToAServerWithoutItIsExplained) {
  Pair pair(InTurn({Whole()}));
  pair.options.endpoint.scheme = "https";
  const auto status = pair.Open()->Head("k").status();
  EXPECT_EQ(GetS3Error(status)->kind, Kind::kUnreachable);
  EXPECT_THAT(status.message(), HasSubstr("no trusted TLS connection"));
}

TEST(Client, ExpiredCredentialsAreRenewedOnce) {
  Pair pair(InTurn({ErrorReply("400 Bad Request", "ExpiredToken"), Whole(),
                    ErrorReply("400 Bad Request", "ExpiredToken")}));
  std::atomic<int> asked = 0;
  pair.options.credentials = [&] {
    return S3Credentials{"AKID", kSecret, asked++ == 0 ? "old" : "new"};
  };
  auto client = pair.Open();
  EXPECT_EQ(GetText(client.get()).ValueOrDie(), "apple");
  EXPECT_THAT(pair.server.seen()[1].head, HasSubstr("x-amz-security-token: new"));
  EXPECT_EQ(GetS3Error(GetText(client.get()).status())->kind, Kind::kBadCredentials);
}

TEST(Client, CredentialsThatCannotBeHadAreTheirOwnError) {
  Pair pair(InTurn({Whole()}));
  pair.options.credentials = []() -> Result<S3Credentials> {
    return Status::IOError("no role here");
  };
  auto client = pair.Open();
  EXPECT_THAT(GetText(client.get()).status().message(), "no role here");
  EXPECT_THAT(client->Head("k").status().message(), "no role here");
  EXPECT_TRUE(pair.server.seen().empty());
}

struct Read {
  GetOptions options;
  ScriptedReply reply;
  Kind kind;
  const char* word;
};

TEST(Client, BytesOfAnotherVersionAreNeverGiven) {
  const auto ranged = [](const char* range, const char* body) {
    return Reply("206 Partial", body,
                 std::string("Content-Range: bytes ") + range + "\r\n");
  };
  const Read cases[] = {
      {Expect(6), Whole(), Kind::kChanged, "it had 6 bytes, now it has 5"},
      {Expect(4), Whole(), Kind::kChanged, "it had 4 bytes, now it has more"},
      {Expect(-1, "\"e0\""), Whole(), Kind::kChanged,
       "its ETag was \"e0\", now it is \"e1\""},
      {AtMost(4), Whole(), Kind::kTooLarge, "larger than the limit of 4 bytes"},
      {InRange(2, 3, 6), ranged("2-4/5", "ple"), Kind::kChanged, "now it has 5"},
      {InRange(2, 3), ranged("2-3/4", "pl"), Kind::kChanged, "it ends at 4"},
      {InRange(2, 3), ranged("1-3/5", "ppl"), Kind::kOther, "did not send the range"},
      {InRange(2, 3), Reply("206 P", "ple"), Kind::kOther, "did not send the range"},
      {InRange(2, 3), Reply("200 OK", "ple"), Kind::kOther, "did not send the range"},
      {InRange(2, 3), Whole(), Kind::kOther, "more than the range"},
  };
  for (const Read& c : cases) {
    Pair pair(InTurn({c.reply}));
    const Status status = GetText(pair.Open().get(), c.options).status();
    ASSERT_TRUE(GetS3Error(status).has_value()) << status;
    EXPECT_EQ(GetS3Error(status)->kind, c.kind) << status;
    EXPECT_THAT(status.message(), HasSubstr(c.word));
    EXPECT_EQ(pair.server.seen().size(), 1u) << status;
  }
  Pair pair(InTurn({ranged("2-4/5", "ple")}));
  EXPECT_EQ(GetText(pair.Open().get(), InRange(2, 3, 5, "\"e1\"")).ValueOrDie(), "ple");
  EXPECT_THAT(pair.server.seen()[0].head,
              AllOf(HasSubstr("range: bytes=2-4"), HasSubstr("if-match: \"e1\"")));
}

TEST(Client, RequestsThatMakeNoSenseAreNotSent) {
  Pair pair(InTurn({Whole()}));
  auto client = pair.Open();
  for (const ByteRange& range :
       {ByteRange{-1, 1}, ByteRange{0, 0}, ByteRange{0, int64_t{1} << 40},
        ByteRange{std::numeric_limits<int64_t>::max(), 2}}) {
    EXPECT_TRUE(
        GetText(client.get(), InRange(range.offset, range.length)).status().IsInvalid());
  }
  EXPECT_TRUE(client->Get("").status().IsInvalid());
  EXPECT_TRUE(client->Head("").status().IsInvalid());
  EXPECT_TRUE(client->Put("", Bytes("")).status().IsInvalid());
  EXPECT_TRUE(client->Delete("").IsInvalid());
  EXPECT_TRUE(client->Get(std::string(1025, 'k')).status().IsInvalid());
  EXPECT_TRUE(pair.server.seen().empty());
}

std::string ListOf(const std::string& key, const std::string& token) {
  return "<ListBucketResult><EncodingType>url</EncodingType><IsTruncated>" +
         std::string(token.empty() ? "false" : "true") + "</IsTruncated>" +
         "<NextContinuationToken>" + token + "</NextContinuationToken><Contents><Key>" +
         key +
         "</Key><LastModified>2009-10-12T17:50:30Z</LastModified><ETag>e</ETag>"
         "<Size>5</Size></Contents></ListBucketResult>";
}

TEST(Client, ListsPageByPage) {
  Pair pair(
      InTurn({Reply("200 OK", ListOf("p/a+b", "t+1")), Reply("200 OK", ListOf("p/c", "")),
              Reply("200 OK", ListOf("elsewhere", "")), Reply("200 OK", "<html/>")}));
  auto client = pair.Open();
  ListOptions options;
  options.prefix = "p/";
  options.start_after = "p/0";
  auto page = client->List(options).result().ValueOrDie();
  EXPECT_THAT(page.objects,
              ElementsAre(S3Object{"p/a b", 5, 1255369830000000000, "\"e\""}));
  options.token = page.next_token;
  page = client->ListNow(options).ValueOrDie();
  EXPECT_EQ(page.next_token, "");
  EXPECT_EQ(pair.server.seen()[0].line(),
            "GET /fruits?encoding-type=url&list-type=2&max-keys=1000&prefix=p%2F&"
            "start-after=p%2F0 HTTP/1.1");
  EXPECT_EQ(pair.server.seen()[1].line(),
            "GET /fruits?continuation-token=t%2B1&encoding-type=url&list-type=2&"
            "max-keys=1000&prefix=p%2F HTTP/1.1");
  EXPECT_THAT(client->ListNow(options).status().message(), HasSubstr("outside"));
  EXPECT_THAT(
      client->ListNow(options).status().message(),
      AllOf(HasSubstr("cannot list 's3://fruits/p/'"), HasSubstr("not understood")));
}

TEST(Client, PutsUnderAConditionAndKnowsItsOwn) {
  const auto failed = ErrorReply("412 Precondition Failed", "PreconditionFailed");
  {
    Pair pair(InTurn({Reply("200 OK", "", "ETag: \"e1\"\r\n"), failed, failed}));
    auto client = pair.Open();
    EXPECT_EQ(client->Put("k", Bytes("apple"), {true, ""}).ValueOrDie(), "\"e1\"");
    const auto exists = client->Put("k", Bytes("apple"), {true, ""}).status();
    EXPECT_TRUE(exists.IsAlreadyExists()) << exists;
    EXPECT_EQ(GetS3Error(exists)->kind, Kind::kExists);
    const auto changed = client->Put("k", Bytes("apple"), {false, "\"e0\""}).status();
    EXPECT_EQ(GetS3Error(changed)->kind, Kind::kChanged);
    EXPECT_THAT(pair.server.seen()[0].head, HasSubstr("if-none-match: *"));
    EXPECT_THAT(pair.server.seen()[2].head, HasSubstr("if-match: \"e0\""));
  }
  {  // the first answer is lost, and the second says that the object is there: ours
    Pair pair(InTurn({{"", true}, failed, Whole()}));
    EXPECT_EQ(pair.Open()->Put("k", Bytes("apple"), {true, ""}).ValueOrDie(), "\"e1\"");
  }
  {  // or another's
    Pair pair(InTurn({{"", true}, failed, Whole()}));
    EXPECT_TRUE(
        pair.Open()->Put("k", Bytes("pear"), {true, ""}).status().IsAlreadyExists());
  }
}

TEST(Client, RemovingWhatIsGoneSucceeds) {
  Pair pair(InTurn({{"HTTP/1.1 204 No Content\r\n\r\n"},
                    ErrorReply("404 Not Found", "NoSuchKey"),
                    ErrorReply("404 Not Found", "NoSuchUpload"),
                    ErrorReply("404 Not Found", "NoSuchBucket")}));
  auto client = pair.Open();
  EXPECT_TRUE(client->Delete("k").ok());
  EXPECT_TRUE(client->Delete("k").ok());
  EXPECT_TRUE(client->AbortUpload("k", "id/1").ok());
  EXPECT_EQ(pair.server.seen()[2].line(), "DELETE /fruits/k?uploadId=id%2F1 HTTP/1.1");
  EXPECT_EQ(GetS3Error(client->Delete("k"))->kind, Kind::kMissingBucket);
}

TEST(Client, ListsUploadsOverAllPages) {
  const auto page = [](const char* key, bool last) {
    return Reply("200 OK",
                 std::string("<ListMultipartUploadsResult><Upload><Key>") + key +
                     "</Key><UploadId>1</UploadId><Initiated>2009-10-12T17:50:30Z"
                     "</Initiated></Upload><IsTruncated>" +
                     (last ? "false" : "true") + "</IsTruncated><NextKeyMarker>" + key +
                     "</NextKeyMarker><NextUploadIdMarker>1</NextUploadIdMarker>"
                     "</ListMultipartUploadsResult>");
  };
  Pair pair(InTurn({page("a", false), page("b", true)}));
  const auto uploads = pair.Open()->ListUploads("p").ValueOrDie();
  ASSERT_EQ(uploads.size(), 2u);
  EXPECT_EQ(uploads[1].key, "b");
  EXPECT_THAT(pair.server.seen()[1].line(),
              AllOf(HasSubstr("key-marker=a&prefix=p&upload-id-marker=1&uploads=")));
  Pair circle(InTurn({page("a", false)}));
  EXPECT_THAT(circle.Open()->ListUploads("").status().message(), HasSubstr("circles"));
}

TEST(Client, TellsAnObjectsVersionAndTheServersClock) {
  Pair pair(
      InTurn({Reply("200 OK", "",
                    "ETag: \"e1\"\r\nLast-Modified: Fri, 24 May 2013 00:00:00 GMT\r\n"),
              Reply("403 Forbidden", "", "Date: Fri, 24 May 2013 00:00:00 GMT\r\n"),
              Reply("200 OK", "")}));
  auto client = pair.Open();
  const auto object = client->Head("k").ValueOrDie();
  EXPECT_EQ(object, (S3Object{"k", 0, 1369353600000000000, "\"e1\""}));
  const double skew = client->ClockSkew().ValueOrDie();
  EXPECT_NEAR(skew, 1369353600.0 - static_cast<double>(std::time(nullptr)), 5);
  EXPECT_THAT(pair.server.seen()[1].head, Not(HasSubstr("uthorization")));
  EXPECT_THAT(client->ClockSkew().status().message(), HasSubstr("time"));
}

TEST(Client, ClosingItCancelsWhatIsOpen) {
  Pair pair([](const SeenRequest&) { return ScriptedReply{}; });
  auto client = pair.Open();
  auto open = client->Get("k");
  while (pair.server.seen().empty()) usleep(1000);
  client.reset();
  EXPECT_TRUE(open.status().IsCancelled());

  Pair busy(InTurn({SlowDown()}));  // while it waits for its next try
  busy.options.retry = {100, 1, 100, 1000, 1000};
  client = busy.Open();
  open = client->Get("k");
  while (busy.server.seen().empty()) usleep(1000);
  usleep(20'000);
  client->Cancel();
  EXPECT_TRUE(open.status().IsCancelled());
  EXPECT_TRUE(client->Head("k").status().IsCancelled());
}

}  // namespace
}  // namespace pomona::store::s3
