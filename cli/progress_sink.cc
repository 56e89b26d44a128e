// SPDX-License-Identifier: Apache-2.0
#include "progress_sink.h"

#include <mutex>
#include <string>

#include "pomona/base/clock.h"

#include "progress.h"
#include "terminal.h"

namespace pomona::cli {
namespace {

class JsonSink : public EventSink {
 public:
  explicit JsonSink(std::FILE* output) : output_(output) {}
  void Emit(const Event& event) override {
    const std::string line = ToJsonLine(event) + "\n";
    std::lock_guard lock(mutex_);
    std::fwrite(line.data(), 1, line.size(), output_);
    std::fflush(output_);
  }

 private:
  std::FILE* output_;
  std::mutex mutex_;
};

class QuietSink : public EventSink {
 public:
  explicit QuietSink(std::FILE* progress) : progress_(progress) {}
  void Emit(const Event& event) override {
    if (event.kind != "warning") return;
    std::fprintf(progress_, "%s\n", Milestone(event).c_str());
  }

 private:
  std::FILE* progress_;
};

// Draws over one line, at most ten times a second.
class BarSink : public EventSink {
 public:
  explicit BarSink(std::FILE* progress) : progress_(progress), unicode_(Utf8Locale()) {}
  ~BarSink() override { Put("\r\x1b[K"); }

  void Emit(const Event& event) override {
    std::lock_guard lock(mutex_);
    const bool changed = Fold(event, &state_);
    const std::string milestone = Milestone(event);
    const auto now = Clock::now();
    if (!changed && milestone.empty() && now - drawn_ < std::chrono::milliseconds(100)) {
      return;
    }
    drawn_ = now;
    // One column less: a full last column makes some terminals wrap.
    const int width = TerminalWidth(fileno(progress_)) - 1;
    Put("\r\x1b[K" + (milestone.empty() ? "" : milestone + "\n") +
        RenderLine(state_, width, unicode_));
  }

 private:
  void Put(const std::string& text) {
    std::fwrite(text.data(), 1, text.size(), progress_);
    std::fflush(progress_);
  }

  std::FILE* progress_;
  bool unicode_;
  std::mutex mutex_;
  ProgressState state_;
  Clock::time_point drawn_{};
};

// A line every 10 s and at milestones.
class LogSink : public EventSink {
 public:
  explicit LogSink(std::FILE* progress) : progress_(progress) {}

  void Emit(const Event& event) override {
    std::lock_guard lock(mutex_);
    Fold(event, &state_);
    std::string line = Milestone(event);
    const auto now = Clock::now();
    if (line.empty() && now - told_ < std::chrono::seconds(10)) return;
    if (line.empty()) line = RenderLog(state_);
    if (line.empty()) return;
    told_ = now;
    std::fprintf(progress_, "%s\n", line.c_str());
    std::fflush(progress_);
  }

 private:
  std::FILE* progress_;
  std::mutex mutex_;
  ProgressState state_;
  Clock::time_point told_ = Clock::now();
};

}  // namespace

std::unique_ptr<EventSink> MakeProgressSink(Show show, std::FILE* output,
                                            std::FILE* progress) {
  if (show == Show::kJson) return std::make_unique<JsonSink>(output);
  if (show == Show::kQuiet) return std::make_unique<QuietSink>(progress);
  if (IsTerminal(fileno(progress))) return std::make_unique<BarSink>(progress);
  return std::make_unique<LogSink>(progress);
}

}  // namespace pomona::cli
