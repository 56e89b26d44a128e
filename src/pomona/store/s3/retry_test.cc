// SPDX-License-Identifier: Apache-2.0
#include "pomona/store/s3/retry.h"

#include <curl/curl.h>

#include <algorithm>
#include <vector>

#include <arrow/filesystem/s3fs.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pomona::store::s3 {
namespace {

struct Case {
  int http_status;
  const char* s3_code;
  int curl_code;
  bool transient;
};

TEST(Retry, WhatMayPassIsTriedAgain) {
  const Case cases[] = {
      {500, "InternalError", 0, true},
      {500, "", 0, true},
      {502, "", 0, true},
      {503, "SlowDown", 0, true},
      {503, "", 0, true},
      {504, "", 0, true},
      {429, "", 0, true},
      {408, "", 0, true},
      {400, "RequestTimeout", 0, true},
      {400, "IncompleteBody", 0, true},
      {400, "ThrottlingException", 0, true},
      {409, "OperationAborted", 0, true},
      {409, "ConditionalRequestConflict", 0, true},
      {0, "", CURLE_COULDNT_CONNECT, true},
      {0, "", CURLE_COULDNT_RESOLVE_HOST, true},
      {0, "", CURLE_OPERATION_TIMEDOUT, true},
      {0, "", CURLE_RECV_ERROR, true},
      {0, "", CURLE_SEND_ERROR, true},
      {0, "", CURLE_GOT_NOTHING, true},
      {0, "", CURLE_PARTIAL_FILE, true},
      {0, "", CURLE_SSL_CONNECT_ERROR, true},
      {200, "", 0, false},
      {301, "PermanentRedirect", 0, false},
      {307, "TemporaryRedirect", 0, false},
      {400, "AuthorizationHeaderMalformed", 0, false},
      {400, "ExpiredToken", 0, false},
      {400, "", 0, false},
      {403, "AccessDenied", 0, false},
      {403, "SignatureDoesNotMatch", 0, false},
      {403, "QuotaExceeded", 0, false},
      {404, "NoSuchKey", 0, false},
      {404, "NoSuchBucket", 0, false},
      {404, "", 0, false},
      {409, "BucketNotEmpty", 0, false},
      {412, "PreconditionFailed", 0, false},
      {416, "InvalidRange", 0, false},
      {501, "NotImplemented", 0, false},
      {507, "InsufficientStorage", 0, false},
      {0, "", CURLE_PEER_FAILED_VERIFICATION, false},
      {0, "", CURLE_FILESIZE_EXCEEDED, false},
      {0, "", CURLE_URL_MALFORMAT, false},
      {0, "", 0, false},
  };
  for (const Case& c : cases) {
    const Failure failure = {c.http_status, c.s3_code, c.curl_code, true};
    EXPECT_EQ(IsTransient(failure), c.transient)
        << c.http_status << " " << c.s3_code << " " << c.curl_code;
    EXPECT_EQ(NextDelay({}, failure, 0, 0, 0.5).has_value(), c.transient);
  }
}

TEST(Retry, DelaysDoubleUpToTheCap) {
  const Failure slow = {503, "SlowDown", 0, true};
  const double expected[] = {0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10, 10};
  for (int64_t retries = 0; retries < 9; ++retries) {
    EXPECT_DOUBLE_EQ(*NextDelay({}, slow, retries, 0, 1), expected[retries]);
    EXPECT_DOUBLE_EQ(*NextDelay({}, slow, retries, 0, 0.25), expected[retries] / 4);
    EXPECT_DOUBLE_EQ(*NextDelay({}, slow, retries, 0, 0), 0);
  }
  EXPECT_DOUBLE_EQ(*NextDelay({}, slow, 1'000'000'000'000, 0, 1), 10);
}

// How long a request that always fails at once holds on.
double Endurance(const RetryPolicy& policy, const Failure& failure) {
  double elapsed = 0;
  for (int64_t retries = 0;; ++retries) {
    const auto delay = NextDelay(policy, failure, retries, elapsed, RandomUnit());
    if (!delay.has_value()) return elapsed;
    elapsed += *delay;
  }
}

TEST(Retry, OutlastsAServerThatIsAwayForAMinute) {
  const Failure refused = {0, "", CURLE_COULDNT_CONNECT, true};
  for (int i = 0; i < 100; ++i) {
    const double seconds = Endurance({}, refused);
    EXPECT_GE(seconds, 110);  // the last wait, of up to 10 s, would have ended too late
    EXPECT_LE(seconds, 120);
  }
}

TEST(Retry, AnEndpointThatNeverAnsweredIsGivenUpSoonWhenItsNameIsUnknown) {
  const int unknown = CURLE_COULDNT_RESOLVE_HOST;
  EXPECT_LE(Endurance({}, {0, "", unknown, false}), 10);
  EXPECT_GE(Endurance({}, {0, "", unknown, true}), 110);
  EXPECT_GE(Endurance({}, {0, "", CURLE_COULDNT_CONNECT, false}), 110);
}

TEST(Retry, JitterIsSpreadOverTheWholeRange) {
  std::vector<double> values;
  for (int i = 0; i < 1000; ++i) values.push_back(RandomUnit());
  std::sort(values.begin(), values.end());
  EXPECT_GE(values.front(), 0);
  EXPECT_LT(values.back(), 1);
  EXPECT_NEAR(values[500], 0.5, 0.1);
}

using Error = arrow::fs::S3RetryStrategy::AWSErrorDetail;

TEST(ArrowRetry, FollowsTheSamePolicyAndCountsWhatIsRetried) {
  std::vector<RetryNote> notes;
  const auto strategy =
      MakeArrowRetryStrategy({}, [&](const RetryNote& note) { notes.push_back(note); });
  struct Case {
    Error error;
    bool retried;
  };
  const Case cases[] = {
      {{99, "curlCode: 7, Couldn't connect to server", "", true}, true},
      {{22, "Please reduce your request rate.", "SlowDown", true}, true},
      {{100, "", "ServerBusy", false}, true},
      {{100, "No space left on device.", "InsufficientStorage", true}, false},
      {{15, "Access Denied", "AccessDenied", false}, false},
      {{16, "No response body.", "", false}, false},
  };
  for (const Case& c : cases) {
    for (int64_t retries : {0, 3, 1000}) {  // the SDK's order of calls
      const size_t before = notes.size();
      const int64_t delay = strategy->CalculateDelayBeforeNextRetry(c.error, retries);
      EXPECT_GE(delay, 0);
      EXPECT_LE(delay, retries == 0 ? 100 : retries == 3 ? 800 : 10000);
      EXPECT_EQ(strategy->ShouldRetry(c.error, retries), c.retried) << c.error.message;
      ASSERT_EQ(notes.size(), before + (c.retried ? 1 : 0));
      if (!c.retried) continue;
      EXPECT_EQ(notes.back().retry, retries + 1);
      EXPECT_NEAR(notes.back().delay, delay / 1000.0, 0.0011);
    }
  }
  EXPECT_EQ(notes[0].reason, "curlCode: 7, Couldn't connect to server");
  EXPECT_EQ(notes[3].reason, "SlowDown");
}

TEST(ArrowRetry, GivesUpByTheTimeSinceARequestsFirstFailure) {
  RetryPolicy policy;
  policy.initial = 0.001;
  policy.give_up = 0.05;
  const auto strategy = MakeArrowRetryStrategy(policy, nullptr);
  const Error slow = {22, "", "SlowDown", true};
  strategy->CalculateDelayBeforeNextRetry(slow, 0);
  EXPECT_TRUE(strategy->ShouldRetry(slow, 0));
  struct timespec wait = {0, 80'000'000};
  nanosleep(&wait, nullptr);
  strategy->CalculateDelayBeforeNextRetry(slow, 1);
  EXPECT_FALSE(strategy->ShouldRetry(slow, 1));
  strategy->CalculateDelayBeforeNextRetry(slow, 0);  // another request of this thread
  EXPECT_TRUE(strategy->ShouldRetry(slow, 0));
}

}  // namespace
}  // namespace pomona::store::s3
