// SPDX-License-Identifier: Apache-2.0
// Against a real S3 server; skipped without one. The Python tests start it and set
// POMONA_TEST_S3_ENDPOINT (host:port), POMONA_TEST_S3_BUCKET (a bucket that exists),
// AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; and, for some tests, POMONA_TEST_S3_CA (a
// PEM file: then https, trusting what it holds) and POMONA_TEST_S3_RESTART (a command
// that kills the server and brings it back some seconds later).
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <thread>

#include <arrow/buffer.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pomona/store/s3/client.h"
#include "pomona/store/s3/test_get_options.h"

namespace pomona::store::s3 {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Kind = S3ErrorKind;

std::string FromEnvironment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::shared_ptr<arrow::Buffer> Bytes(const std::string& text) {
  return arrow::Buffer::FromString(text);
}

ListOptions Below(const std::string& prefix) {
  ListOptions options;
  options.prefix = prefix;
  return options;
}

class LiveS3 : public testing::Test {
 protected:
  void SetUp() override {
    if (FromEnvironment("POMONA_TEST_S3_ENDPOINT").empty()) {
      GTEST_SKIP() << "no POMONA_TEST_S3_ENDPOINT";
    }
    client_ = S3Client::Make(Options()).ValueOrDie();
    prefix_ = "live-" + std::to_string(getpid()) + "/" +
              testing::UnitTest::GetInstance()->current_test_info()->name() + "/";
  }

  void TearDown() override {
    if (client_ == nullptr) return;
    for (const auto& key : Keys(Below(prefix_))) EXPECT_TRUE(client_->Delete(key).ok());
  }

  S3ClientOptions Options() const {
    S3ClientOptions options;
    options.endpoint = {"http", FromEnvironment("POMONA_TEST_S3_ENDPOINT"), "us-east-1",
                        true};
    options.bucket = FromEnvironment("POMONA_TEST_S3_BUCKET");
    options.ca_file = FromEnvironment("POMONA_TEST_S3_CA");
    if (!options.ca_file.empty()) options.endpoint.scheme = "https";
    options.credentials = [] {
      return S3Credentials{FromEnvironment("AWS_ACCESS_KEY_ID"),
                           FromEnvironment("AWS_SECRET_ACCESS_KEY"), ""};
    };
    return options;
  }

  std::string Put(const std::string& name, const std::string& text,
                  const PutCondition& condition = {}) {
    auto etag = client_->Put(prefix_ + name, Bytes(text), condition);
    EXPECT_TRUE(etag.ok()) << etag.status();
    return etag.ValueOr("");
  }

  Result<std::string> Get(const std::string& name, const GetOptions& options = {}) {
    const auto future = client_->Get(prefix_ + name, options);
    ARROW_RETURN_NOT_OK(future.status());
    return future.result().ValueOrDie()->ToString();
  }

  std::vector<std::string> Keys(ListOptions options) {
    std::vector<std::string> keys;
    do {
      auto page = client_->List(options).result();
      EXPECT_TRUE(page.ok()) << page.status();
      if (!page.ok()) return keys;
      for (const auto& object : page->objects) keys.push_back(object.key);
      options.token = page->next_token;
    } while (!options.token.empty());
    return keys;
  }

  static std::optional<Kind> KindOf(const Status& status) {
    const auto error = GetS3Error(status);
    return error.has_value() ? std::optional<Kind>(error->kind) : std::nullopt;
  }

  std::shared_ptr<S3Client> client_;
  std::string prefix_;
};

TEST_F(LiveS3, KeysOfAnyCharactersMakeTheRound) {
  std::vector<std::string> names = {
      "a",         "b c+d%20e", "p\u00EAche/\U0001F351",
      "100%.jpg",  "q?x=1&y#z", "'\"<&>;,:=@$!*()[]{}|^`~\\",
      "tab\there", "line\nend", "..a/b..c"};
  std::sort(names.begin(), names.end());
  std::vector<std::string> keys;
  for (const auto& name : names) {
    Put(name, "bytes of " + name);
    keys.push_back(prefix_ + name);
  }
  EXPECT_EQ(Keys(Below(prefix_)), keys);
  for (const auto& name : names) {
    EXPECT_EQ(Get(name).ValueOr("failed"), "bytes of " + name);
    const auto head = client_->Head(prefix_ + name);
    ASSERT_TRUE(head.ok()) << head.status();
    EXPECT_EQ(head->size, static_cast<int64_t>(9 + name.size()));
  }
}

TEST_F(LiveS3, AListingHasTheVersionsThatReadsAreCheckedWith) {
  const std::string etag = Put("k", "apple");
  const auto listed = client_->ListNow(Below(prefix_)).ValueOrDie().objects.at(0);
  const auto head = client_->Head(prefix_ + "k").ValueOrDie();
  EXPECT_EQ(listed.etag, etag);
  EXPECT_EQ(head.etag, etag);
  EXPECT_EQ(listed.size, 5);
  EXPECT_EQ(listed.mtime_ns / 1'000'000'000, head.mtime_ns / 1'000'000'000);
  EXPECT_EQ(Get("k", Expect(5, etag)).ValueOr("failed"), "apple");

  Put("k", "mango");  // another object of the same size
  EXPECT_EQ(KindOf(Get("k", Expect(5, etag)).status()), Kind::kChanged);
  Put("k", "fig");
  EXPECT_EQ(KindOf(Get("k", Expect(5)).status()), Kind::kChanged);
  Put("k", "strawberry");
  EXPECT_EQ(KindOf(Get("k", Expect(5)).status()), Kind::kChanged);
  EXPECT_EQ(KindOf(Get("k", AtMost(5)).status()), Kind::kTooLarge);
  ASSERT_TRUE(client_->Delete(prefix_ + "k").ok());
  EXPECT_EQ(KindOf(Get("k", Expect(5, etag)).status()), Kind::kMissing);
  EXPECT_EQ(KindOf(client_->Head(prefix_ + "k").status()), Kind::kMissing);
  EXPECT_TRUE(client_->Delete(prefix_ + "k").ok());
}

TEST_F(LiveS3, ReadsRangesAndEmptyObjects) {
  Put("k", "0123456789");
  EXPECT_EQ(Get("k", InRange(2, 3, 10)).ValueOr("failed"), "234");
  EXPECT_EQ(Get("k", InRange(0, 10)).ValueOr("failed"), "0123456789");
  EXPECT_EQ(KindOf(Get("k", InRange(8, 5)).status()), Kind::kChanged);
  EXPECT_EQ(KindOf(Get("k", InRange(10, 1)).status()), Kind::kChanged);
  EXPECT_EQ(KindOf(Get("k", InRange(2, 3, 11)).status()), Kind::kChanged);
  Put("empty", "");
  EXPECT_EQ(Get("empty", Expect(0)).ValueOr("failed"), "");
}

TEST_F(LiveS3, ConditionalPuts) {
  const std::string first = Put("k", "1", {true, ""});
  EXPECT_EQ(KindOf(client_->Put(prefix_ + "k", Bytes("2"), {true, ""}).status()),
            Kind::kExists);
  const std::string second = Put("k", "2", {false, first});
  EXPECT_NE(second, first);
  EXPECT_EQ(KindOf(client_->Put(prefix_ + "k", Bytes("3"), {false, first}).status()),
            Kind::kChanged);
  EXPECT_EQ(Get("k").ValueOr("failed"), "2");
  EXPECT_EQ(KindOf(client_->Put(prefix_ + "new", Bytes("3"), {false, first}).status()),
            Kind::kMissing);
}

TEST_F(LiveS3, OfManyWhoPutIfAbsentOneWins) {
  for (int round = 0; round < 5; ++round) {
    const std::string key = prefix_ + std::to_string(round);
    std::atomic<int> won = 0;
    std::atomic<int> lost = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 16; ++i) {
      threads.emplace_back([&, i] {
        const auto etag = client_->Put(key, Bytes(std::to_string(i)), {true, ""});
        if (etag.ok()) ++won;
        if (KindOf(etag.status()) == Kind::kExists) ++lost;
      });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(won, 1);
    EXPECT_EQ(lost, 15);
  }
}

TEST_F(LiveS3, ListsInPagesAfterAKeyAndByFolders) {
  std::vector<std::string> keys;
  for (int i = 10; i < 35; ++i) {
    Put("n/" + std::to_string(i), "x");
    keys.push_back(prefix_ + "n/" + std::to_string(i));
  }
  Put("n-", "x");  // '-' sorts before '/'
  keys.insert(keys.begin(), prefix_ + "n-");
  ListOptions options = Below(prefix_);
  options.max_keys = 10;
  EXPECT_EQ(Keys(options), keys);
  options.start_after = prefix_ + "n/30";
  EXPECT_THAT(Keys(options), ElementsAre(prefix_ + "n/31", prefix_ + "n/32",
                                         prefix_ + "n/33", prefix_ + "n/34"));
  options = Below(prefix_);
  options.delimiter = "/";
  const auto page = client_->ListNow(options).ValueOrDie();
  EXPECT_THAT(page.common_prefixes, ElementsAre(prefix_ + "n/"));
  EXPECT_EQ(page.objects.size(), 1u);
  EXPECT_TRUE(Keys(Below(prefix_ + "nothing")).empty());
}

TEST_F(LiveS3, FindsAndAbortsUnfinishedUploads) {
  auto caller = Caller::Make(Options()).ValueOrDie();
  for (const char* name : {"a b+c", "a b+c", "d"}) {
    S3Request begin;
    begin.method = "POST";
    begin.key = prefix_ + name;
    begin.query = {{"uploads", ""}};
    begin.body = Bytes("");
    ASSERT_TRUE(caller->Run(begin).ok());
  }
  const auto uploads = client_->ListUploads(prefix_).ValueOrDie();
  ASSERT_EQ(uploads.size(), 3u);
  EXPECT_EQ(uploads[0].key, prefix_ + "a b+c");
  EXPECT_EQ(uploads[2].key, prefix_ + "d");
  for (const auto& upload : uploads) {
    EXPECT_TRUE(client_->AbortUpload(upload.key, upload.upload_id).ok());
    EXPECT_TRUE(client_->AbortUpload(upload.key, upload.upload_id).ok());
  }
  EXPECT_TRUE(client_->ListUploads(prefix_).ValueOrDie().empty());
}

TEST_F(LiveS3, ExplainsWrongCredentialsAndBuckets) {
  S3ClientOptions options = Options();
  options.credentials = [] {
    return S3Credentials{FromEnvironment("AWS_ACCESS_KEY_ID"), "not-the-secret", ""};
  };
  auto wrong = S3Client::Make(options).ValueOrDie();
  EXPECT_EQ(KindOf(wrong->Get("k").status()), Kind::kBadCredentials);
  EXPECT_EQ(KindOf(wrong->ListNow({}).status()), Kind::kBadCredentials);
  EXPECT_THAT(wrong->Head("k").status().message(), HasSubstr("does not say why: either"));
  options.credentials = [] { return S3Credentials{"AKIDNOBODY", "not-the-secret", ""}; };
  auto unknown = S3Client::Make(options).ValueOrDie();
  EXPECT_THAT(unknown->Get("k").status().message(),
              HasSubstr("does not know the access key"));
  options.credentials = nullptr;
  auto anonymous = S3Client::Make(options).ValueOrDie();
  EXPECT_THAT(anonymous->Get("k").status().message(), HasSubstr("anonymous"));
  options = Options();
  options.bucket = "no-such-bucket-here";
  auto missing = S3Client::Make(options).ValueOrDie();
  EXPECT_EQ(KindOf(missing->Get("k").status()), Kind::kMissingBucket);
  EXPECT_EQ(KindOf(missing->ListNow({}).status()), Kind::kMissingBucket);
  EXPECT_EQ(KindOf(missing->Put("k", Bytes("")).status()), Kind::kMissingBucket);
}

TEST_F(LiveS3, AServerThatIsNotTrustedGetsNothing) {
  S3ClientOptions options = Options();
  if (options.ca_file.empty()) GTEST_SKIP() << "no POMONA_TEST_S3_CA";
  options.ca_file = "";
  const Status status = S3Client::Make(options).ValueOrDie()->Get("k").status();
  EXPECT_EQ(KindOf(status), Kind::kUnreachable);
  EXPECT_THAT(status.message(), HasSubstr("no trusted TLS connection"));
}

TEST_F(LiveS3, TheServersClockIsOurs) {
  EXPECT_NEAR(client_->ClockSkew().ValueOrDie(), 0, 2);
}

TEST_F(LiveS3, ReadsOutlastARestartOfTheServer) {
  const std::string command = FromEnvironment("POMONA_TEST_S3_RESTART");
  if (command.empty()) GTEST_SKIP() << "no POMONA_TEST_S3_RESTART";
  S3ClientOptions options = Options();
  std::atomic<int> retries = 0;
  options.on_retry = [&](const RetryNote&) { ++retries; };
  options.max_in_flight = 8;
  auto client = S3Client::Make(options).ValueOrDie();
  const std::string body(200'000, 'x');
  for (int i = 0; i < 200; ++i) Put(std::to_string(i), body + std::to_string(i));

  std::vector<arrow::Future<std::shared_ptr<arrow::Buffer>>> reads;
  for (int i = 0; i < 200; ++i) reads.push_back(client->Get(prefix_ + std::to_string(i)));
  reads[20].Wait();
  ASSERT_EQ(std::system(command.c_str()), 0);  // NOLINT: the tests' own command
  for (int i = 0; i < 200; ++i) {
    const auto bytes = reads[i].result();
    ASSERT_TRUE(bytes.ok()) << bytes.status();
    EXPECT_EQ((*bytes)->ToString(), body + std::to_string(i));
  }
  EXPECT_GT(retries, 0);
}

}  // namespace
}  // namespace pomona::store::s3
