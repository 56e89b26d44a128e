// SPDX-License-Identifier: Apache-2.0
#include "pomona/engine/measure.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <ctime>
#include <memory>
#include <thread>

namespace pomona::engine {
namespace {

using Doing = std::function<void(const std::string&)>;

double Now() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double>(now).count();
}

// Of all threads of this process.
double ProcessorSeconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

// Numbers as preprocessed pictures have them, the same every time.
std::vector<float> Pictures(const ExtractorInfo& info) {
  std::vector<float> pictures(
      static_cast<size_t>(info.batch * 3 * info.input_height * info.input_width));
  uint32_t state = 1;
  for (float& value : pictures) {
    state = state * 1664525U + 1013904223U;  // Numerical Recipes' generator
    value = static_cast<float>(state >> 24) - 128.0F;
  }
  return pictures;
}

// An extractor with what it works on; rows for each call that is under way.
struct Subject {
  std::unique_ptr<FeatureExtractor> extractor;
  std::vector<float> pictures;
  std::vector<std::vector<float>> rows;
  double round_seconds = 0;  // a batch of every caller

  Status Call(size_t caller) {
    return extractor->Extract(pictures.data(), extractor->info().batch,
                              rows[caller].data());
  }
  // Every caller has `rounds` batches computed. A fixed number: where callers only looked
  // at the clock, engines with several streams would stand half idle at the end.
  Status Rounds(int64_t rounds) {
    std::vector<Status> ends(rows.size());
    {
      std::vector<std::jthread> callers;
      for (size_t caller = 0; caller < rows.size(); ++caller) {
        callers.emplace_back([this, caller, rounds, &ends] {
          for (int64_t i = 0; i < rounds && ends[caller].ok(); ++i) {
            ends[caller] = Call(caller);
          }
        });
      }
    }
    for (const Status& end : ends) ARROW_RETURN_NOT_OK(end);
    return Status::OK();
  }
};

Result<Subject> Prepare(const model::Backbone& backbone, const Choice& choice,
                        int64_t batch, int threads) {
  ExtractorOptions options;
  options.precision = choice.precision;
  options.backend = choice.backend;
  options.batch = batch;
  options.threads = threads;
  Subject subject;
  ARROW_ASSIGN_OR_RAISE(subject.extractor, MakeFeatureExtractor(backbone, options));
  const ExtractorInfo& info = subject.extractor->info();
  subject.pictures = Pictures(info);
  const auto callers =
      static_cast<size_t>(batch == 1 ? 1 : std::max(1, info.concurrency));
  subject.rows.assign(
      callers, std::vector<float>(static_cast<size_t>(info.batch * info.feature_dim)));
  ARROW_RETURN_NOT_OK(subject.Rounds(1));  // the first touches its memory
  const double begin = Now();
  ARROW_RETURN_NOT_OK(subject.Rounds(1));
  subject.round_seconds = std::max(1e-6, Now() - begin);
  return subject;
}

Status RateTurn(Subject* subject, double seconds, Timing* timing) {
  const auto rounds =
      std::max<int64_t>(1, std::llround(seconds / subject->round_seconds));
  const double begin = Now();
  const double processor = ProcessorSeconds();
  ARROW_RETURN_NOT_OK(subject->Rounds(rounds));
  const auto images = static_cast<double>(rounds * subject->extractor->info().batch *
                                          static_cast<int64_t>(subject->rows.size()));
  timing->images_per_second.push_back(images / (Now() - begin));
  timing->core_ms.push_back(1e3 * (ProcessorSeconds() - processor) / images);
  return Status::OK();
}

Status LatencyTurn(Subject* subject, double seconds, Timing* timing) {
  std::vector<double> times;
  const double begin = Now();
  double last = begin;
  while (times.empty() || last - begin < seconds) {
    ARROW_RETURN_NOT_OK(subject->Call(0));
    const double now = Now();
    times.push_back(1e3 * (now - last));
    last = now;
  }
  timing->latency_ms.push_back(Median(std::move(times)));
  return Status::OK();
}

using Turn = Status (*)(Subject*, double, Timing*);

// All subjects in turns. They are gone at the end: those of the next kind need the
// memory.
Status TakeTurns(const model::Backbone& backbone, int64_t batch, double seconds,
                 Turn turn, const std::string& what, const MeasureOptions& options,
                 const Doing& doing, std::vector<Timing>* timings) {
  std::vector<Subject> subjects;
  for (Timing& timing : *timings) {
    if (options.stop.stop_requested()) return Status::Cancelled("stopped");
    doing("making ready: " + what);
    ARROW_ASSIGN_OR_RAISE(Subject subject,
                          Prepare(backbone, timing.choice, batch, options.threads));
    if (batch == 0) timing.info = subject.extractor->info();
    subjects.push_back(std::move(subject));
  }
  for (int i = 0; i < options.turns; ++i) {
    doing(what + ", turn " + std::to_string(i + 1) + " of " +
          std::to_string(options.turns));
    for (size_t s = 0; s < subjects.size(); ++s) {
      if (options.stop.stop_requested()) return Status::Cancelled("stopped");
      ARROW_RETURN_NOT_OK(turn(&subjects[s], seconds / options.turns, &(*timings)[s]));
    }
  }
  return Status::OK();
}

}  // namespace

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

Result<std::vector<Timing>> Measure(const model::Backbone& backbone,
                                    const std::vector<Choice>& choices,
                                    const MeasureOptions& options, const Doing& doing) {
  if (!(options.seconds > 0) || options.turns <= 0) {
    return Status::Invalid("measuring for ", options.seconds, " s in ", options.turns,
                           " turns: more than 0 needed");
  }
  std::vector<Timing> timings;
  for (const Choice& choice : choices) timings.push_back({choice, {}, {}, {}, {}});
  ARROW_RETURN_NOT_OK(TakeTurns(backbone, 0, options.seconds, RateTurn, "batches",
                                options, doing, &timings));
  ARROW_RETURN_NOT_OK(TakeTurns(backbone, 1, options.seconds / 2, LatencyTurn,
                                "one picture", options, doing, &timings));
  return timings;
}

}  // namespace pomona::engine
