// SPDX-License-Identifier: Apache-2.0
#include "pomona/job/retry_log.h"

#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pomona::job {
namespace {

class Kept : public EventSink {
 public:
  void Emit(const Event& event) override { lines.push_back(ToJsonLine(event)); }
  std::vector<std::string> lines;
};

TEST(RetryLog, TellsAtOnceAndThenNowAndAgain) {
  Kept events;
  RetryLog log;
  const auto sink = log.MakeSink();
  sink({"read", "s3://fruits/a.jpg", "HTTP 503 SlowDown", 1, 0.1});
  EXPECT_THAT(events.lines, testing::IsEmpty());
  log.SendTo(&events);
  ASSERT_EQ(events.lines.size(), 1U) << "what came before is told";
  EXPECT_THAT(events.lines[0], testing::HasSubstr("\"s3_retries\""));
  EXPECT_THAT(events.lines[0], testing::HasSubstr("\"count\":1"));
  EXPECT_THAT(events.lines[0], testing::HasSubstr("s3://fruits/a.jpg"));
  EXPECT_THAT(events.lines[0], testing::HasSubstr("SlowDown"));
  for (int i = 0; i < 100; ++i) sink({"read", "s3://fruits/b.jpg", "reset", 2, 0.1});
  EXPECT_EQ(events.lines.size(), 1U) << "not a line a retry";
  EXPECT_EQ(log.count(), 101);
  log.SendTo(nullptr);
  sink({"read", "x", "reset", 2, 0.1});
  EXPECT_EQ(log.count(), 102);
}

TEST(RetryLog, SinksMayOutliveIt) {
  store::s3::RetrySink sink;
  {
    RetryLog log;
    sink = log.MakeSink();
  }
  sink({"read", "x", "reset", 1, 0.1});
}

TEST(RetryLog, ThreadsMayRetryAtOnce) {
  RetryLog log;
  Kept events;
  log.SendTo(&events);
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&log] {
      const auto sink = log.MakeSink();
      for (int i = 0; i < 100; ++i) sink({"read", "x", "reset", i, 0.1});
    });
  }
  threads.clear();
  EXPECT_EQ(log.count(), 400);
}

}  // namespace
}  // namespace pomona::job
