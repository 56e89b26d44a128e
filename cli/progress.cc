// SPDX-License-Identifier: Apache-2.0
#include "progress.h"

#include <algorithm>
#include <vector>

#include "text.h"

namespace pomona::cli {
namespace {

const EventValue* Find(const Event& event, std::string_view name) {
  for (const auto& [key, value] : event.fields) {
    if (key == name) return &value;
  }
  return nullptr;
}

double Number(const Event& event, std::string_view name) {
  const EventValue* value = Find(event, name);
  if (value == nullptr) return 0;
  if (const auto* whole = std::get_if<int64_t>(value)) return static_cast<double>(*whole);
  const auto* real = std::get_if<double>(value);
  return real == nullptr ? 0 : *real;
}

int64_t Whole(const Event& event, std::string_view name) {
  return static_cast<int64_t>(Number(event, name));
}

std::string Text(const Event& event, std::string_view name) {
  const EventValue* value = Find(event, name);
  const auto* text = value == nullptr ? nullptr : std::get_if<std::string>(value);
  return text == nullptr ? "" : Printable(*text);
}

struct StageOfKind {
  const char* kind;
  Stage stage;
};
constexpr StageOfKind kStages[] = {{"run_started", Stage::kStart},
                                   {"listing_progress", Stage::kList},
                                   {"listing_done", Stage::kModel},
                                   {"model_ready", Stage::kExtract},
                                   {"extract_progress", Stage::kExtract},
                                   {"fit_started", Stage::kFit},
                                   {"fit_done", Stage::kTransform},
                                   {"transform_progress", Stage::kTransform},
                                   {"run_done", Stage::kEnd},
                                   {"run_stopped", Stage::kEnd},
                                   {"run_failed", Stage::kEnd}};

const char* StageName(Stage stage) {
  constexpr const char* kNames[] = {"start", "list",      "network", "extract",
                                    "fit",   "transform", ""};
  return kNames[static_cast<size_t>(stage)];
}

bool Counted(const ProgressState& state) {
  return state.total > 0 &&
         (state.stage == Stage::kExtract || state.stage == Stage::kTransform);
}

std::string TimeLeft(const ProgressState& state) {
  if (state.stage != Stage::kExtract || state.rate <= 0 || state.done >= state.total ||
      state.listing) {
    return "";
  }
  return Duration(static_cast<double>(state.total - state.done) / state.rate) + " left";
}

// The parts of a line after the name, the most important first.
std::vector<std::string> Parts(const ProgressState& state, const char* of) {
  std::vector<std::string> parts;
  if (state.stage == Stage::kList)
    parts.push_back(Count(state.listed, "image") + " found");
  if (!Counted(state)) return parts;
  if (state.listing) {
    parts.push_back(Count(state.done) + of + Count(state.listed) + " found so far");
  } else {
    parts.push_back(Count(state.done) + of + Count(state.total));
  }
  if (auto left = TimeLeft(state); !left.empty()) parts.push_back(left);
  if (state.stage == Stage::kExtract) {
    if (state.rejects > 0) parts.push_back(Count(state.rejects, "reject"));
    if (state.rate > 0) parts.push_back(Rate(state.rate) + " images/s");
  }
  return parts;
}

double ShareDone(const ProgressState& state) {
  return static_cast<double>(state.done) / static_cast<double>(state.total);
}

}  // namespace

bool Fold(const Event& event, ProgressState* state) {
  const Stage before = state->stage;
  for (const auto& [kind, stage] : kStages) {
    if (event.kind == kind) state->stage = stage;
  }
  // The last block's moments end the extraction.
  if (event.kind == "block_done" && !state->listing &&
      Whole(event, "block") + 1 == Whole(event, "blocks")) {
    state->stage = Stage::kFit;
  }
  const bool listing = event.kind == "listing_progress" || event.kind == "listing_done";
  // The names of a large source are still being listed while its first images are used.
  if (listing && before == Stage::kExtract && state->done > 0) state->stage = before;
  if (state->stage != before) state->done = state->total = 0;
  if (event.kind == "listing_progress") state->listed = Whole(event, "count");
  if (event.kind == "listing_done") state->listed = Whole(event, "images");
  if (listing) state->listing = event.kind == "listing_progress";
  if (event.kind == "extract_progress") state->rejects = Whole(event, "rejects");
  if (event.kind == "extract_progress") state->rate = Number(event, "rate");
  if (event.kind.ends_with("_progress") && event.kind != "listing_progress") {
    state->done = Whole(event, "done");
    state->total = Whole(event, "total");
  }
  return state->stage != before;
}

std::string RenderLine(const ProgressState& state, int width, bool unicode) {
  if (state.stage == Stage::kEnd || width < 1) return "";
  constexpr int kNameWidth = 10;
  std::string line = StageName(state.stage);
  line.resize(kNameWidth, ' ');
  std::string tail;
  for (const auto& part : Parts(state, " / ")) {
    const std::string longer = tail.empty() ? part : tail + "  " + part;
    if (kNameWidth + static_cast<int>(Columns(longer)) > width) break;
    tail = longer;
  }
  const int room = width - kNameWidth - static_cast<int>(Columns(tail)) - 2;
  if (Counted(state) && !state.listing && room >= 8) {
    const int bar = std::min(room - (unicode ? 0 : 2), 40);
    const std::string drawn = Bar(ShareDone(state), bar, unicode);
    line += unicode ? drawn + "  " : "[" + drawn + "]  ";
  }
  line += tail;
  line = line.substr(0, line.find_last_not_of(' ') + 1);
  return Columns(line) <= static_cast<size_t>(width) ? line : line.substr(0, width);
}

std::string RenderLog(const ProgressState& state) {
  const auto parts = Parts(state, " of ");
  if (parts.empty()) return "";
  std::string line = std::string(StageName(state.stage)) + " " + parts.front();
  if (Counted(state) && !state.listing) line += " (" + Percent(ShareDone(state)) + ")";
  for (size_t i = 1; i < parts.size(); ++i) line += ", " + parts[i];
  return line;
}

std::string Milestone(const Event& event) {
  if (event.kind == "warning") return "warning: " + Text(event, "message");
  if (event.kind == "s3_retries") {
    const int64_t count = Whole(event, "count");
    return "trying again: " + Text(event, "operation") + " " + Text(event, "object") +
           " (" + Text(event, "reason") + ")" +
           (count > 1 ? ", " + Count(count) + " times so far" : "");
  }
  if (event.kind == "listing_done") {
    const int64_t skipped = Whole(event, "skipped");
    return Count(Whole(event, "images"), "image") + " listed" +
           (skipped > 0 ? ", " + Count(skipped, "other file") + " passed over" : "");
  }
  if (event.kind == "model_ready") {
    return "network ready: " + Text(event, "backend") + ", " + Text(event, "precision") +
           " (" + Duration(Number(event, "seconds")) + ")";
  }
  if (event.kind == "fit_done") {
    return Count(Whole(event, "components"), "component") + " fitted, " +
           Percent(Number(event, "explained")) + " of the variance" +
           (Text(event, "method") == "sketch"
                ? " by a sketch; exact ones explain an estimated " +
                      Percent(Number(event, "missed")) + " more at most"
                : "") +
           " (" + Duration(Number(event, "seconds")) + ")";
  }
  return "";
}

}  // namespace pomona::cli
