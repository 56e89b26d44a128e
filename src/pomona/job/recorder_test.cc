// SPDX-License-Identifier: Apache-2.0
#include "pomona/job/recorder.h"

#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/contract/job_fixtures.h"

namespace pomona::job {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

std::unique_ptr<EventRecorder> Make(store::ByteStore* store, EventSink* sink = nullptr) {
  return EventRecorder::Make(store, sink).ValueOrDie();
}

TEST(Recorder, TimeIsUtcWithMilliseconds) {
  EXPECT_THAT(UtcNow(),
              testing::MatchesRegex("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\\.[0-9]{3}Z"));
}

TEST(Recorder, PassesEverythingOnAndKeepsAllButProgress) {
  auto store = store::MakeMemoryStore();
  KeepingSink sink;
  auto recorder = Make(store.get(), &sink);
  recorder->Emit({"run_started", {{"id", std::string("x")}}});
  recorder->Emit({"extract_progress", {{"done", int64_t{3}}}});
  recorder->Warn("mind");
  EXPECT_THAT(sink.kinds(), ElementsAre("run_started", "extract_progress", "warning"));
  EXPECT_THAT(Tree(store.get()), IsEmpty()) << "written before a flush";
  recorder->FlushIfOlder(seconds(0));
  const std::string text = Tree(store.get()).at("events/0000.jsonl");
  EXPECT_THAT(text, HasSubstr(R"({"event":"run_started","time":")"));
  EXPECT_THAT(text, HasSubstr(R"("message":"mind"})"));
  EXPECT_THAT(text, Not(HasSubstr("progress")));
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2);
}

TEST(Recorder, FlushesOnlyWhatIsOldAndNeverNothing) {
  auto store = store::MakeMemoryStore();
  auto recorder = Make(store.get());
  recorder->FlushIfOlder(seconds(0));
  recorder->Warn("young");
  recorder->FlushIfOlder(seconds(60));
  EXPECT_THAT(Tree(store.get()), IsEmpty());
  recorder->FlushIfOlder(seconds(0));
  recorder->FlushIfOlder(seconds(0));
  EXPECT_EQ(Tree(store.get()).size(), 1U);
}

TEST(Recorder, SegmentsGoOnAfterThoseOfEarlierRuns) {
  auto store = store::MakeMemoryStore();
  for (const char* name :
       {"events/0000.jsonl", "events/0007.jsonl", "events/notes.txt"}) {
    ASSERT_TRUE(store->Put(name, "old").ok());
  }
  auto recorder = Make(store.get());
  for (int i = 0; i < 2; ++i) {
    recorder->Warn("x");
    recorder->FlushIfOlder(seconds(0));
  }
  const auto tree = Tree(store.get());
  EXPECT_TRUE(tree.contains("events/0008.jsonl"));
  EXPECT_TRUE(tree.contains("events/0009.jsonl"));
  EXPECT_EQ(tree.at("events/0007.jsonl"), "old");
}

TEST(Recorder, ThreadsMayEmitAtOnce) {
  auto store = store::MakeMemoryStore();
  auto recorder = Make(store.get());
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 25; ++i) recorder->Warn("x");
      recorder->FlushIfOlder(seconds(0));
    });
  }
  for (auto& thread : threads) thread.join();
  int64_t lines = 0;
  for (const auto& [path, text] : Tree(store.get())) {
    lines += std::count(text.begin(), text.end(), '\n');
  }
  EXPECT_EQ(lines, 100);
}

}  // namespace
}  // namespace pomona::job
