// SPDX-License-Identifier: Apache-2.0
#include "forecast.h"

#include <charconv>

#include "text.h"

namespace pomona::cli {
namespace {

std::string Line(std::string name, const std::string& text) {
  name.resize(std::max<size_t>(name.size(), 10), ' ');
  return name + " " + text + "\n";
}

Status ParseRate(const std::string& text, job::ForecastOptions* how) {
  const char* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, how->rate);
  if (error != std::errc() || at != end) {
    how->rate = 0;
    how->rate_from = text;
    return Status::OK();
  }
  if (how->rate > 0 && how->rate < 1e12) return Status::OK();
  return Status::Invalid("--rate is ", text, "; it must be above 0");
}

std::string Images(const job::Forecast& f) {
  std::string text = Count(f.images, "image");
  if (f.new_images != f.images) text += ", " + Count(f.new_images) + " of them new";
  if (f.source_bytes > 0) text += ", " + Bytes(f.source_bytes) + " to read";
  std::string passed;
  for (const auto& [reason, count] : f.skipped) {
    passed += (passed.empty() ? "" : ", ") + Count(count) + " " + reason;
  }
  return passed.empty() ? text : text + " (passed over: " + passed + ")";
}

std::string Tasks(const job::PiecesToDo& pieces) {
  std::string text = Count(pieces.sum(), "task") + ": " + Count(pieces.extract) +
                     " extract shards, " + Count(pieces.moments) + " block moments, ";
  if (pieces.merge > 0) text += Count(pieces.merge) + " merge moments, ";
  return text + Count(pieces.transform) + " transform";
}

std::string Written(const job::BytesAtEnd& bytes) {
  std::string text = "at most about " + Bytes(bytes.sum()) + ": features " +
                     Bytes(bytes.features) + ", moments " + Bytes(bytes.moments) +
                     ", listing " + Bytes(bytes.listing);
  if (bytes.reduced > 0) text += ", table " + Bytes(bytes.reduced);
  return text;
}

std::string Time(const job::Forecast& f) {
  if (f.rate == 0) return "not known: --rate N says how many images a second";
  return Duration(f.hours * 3600) + " of extraction at " + Rate(f.rate) + " images/s (" +
         f.rate_is + ")";
}

}  // namespace

Result<job::Forecast> ForecastJob(const RunFlags& flags, const job::Settings& settings,
                                  const job::RunOptions& options) {
  job::ForecastOptions how;
  how.on_cluster = flags.spark.engine == "spark";
  if (!flags.rate.empty()) ARROW_RETURN_NOT_OK(ParseRate(flags.rate, &how));
  return job::Foresee(flags.source, flags.destination, settings, options, how);
}

std::string ForecastText(const job::Forecast& f) {
  std::string text = "dry run: nothing was written\n";
  text += Line("source", f.source + ": " + Images(f));
  text += Line("there", f.state == "new" ? "nothing yet" : "a run that is " + f.state);
  if (f.nothing_to_do()) return text + Line("to do", "nothing");
  text += Line("pieces", Count(f.shards, "shard") + " in " + Count(f.blocks, "block"));
  text += Line("to do", Tasks(f.pieces));
  std::string row = Count(f.feature_dim, "feature");
  if (f.components > 0) row += " -> " + Count(f.components, "component");
  if (f.components_guessed) row += " (guessed: --variance decides)";
  text += Line("each row", row);
  text += Line("written", Written(f.bytes));
  return text + Line("time", Time(f));
}

void TellForecast(const job::Forecast& f, EventSink* sink) {
  Event event = {"forecast",
                 {{"source", f.source},
                  {"state", f.state},
                  {"images", f.images},
                  {"new_images", f.new_images},
                  {"images_to_do", f.images_to_do},
                  {"source_bytes", f.source_bytes},
                  {"generation", f.generation},
                  {"shards", f.shards},
                  {"blocks", f.blocks},
                  {"tasks", f.pieces.sum()},
                  {"extract_tasks", f.pieces.extract},
                  {"moments_tasks", f.pieces.moments},
                  {"merge_tasks", f.pieces.merge},
                  {"transform_tasks", f.pieces.transform},
                  {"feature_dim", f.feature_dim},
                  {"components", f.components},
                  {"listing_bytes", f.bytes.listing},
                  {"features_bytes", f.bytes.features},
                  {"moments_bytes", f.bytes.moments},
                  {"reducer_bytes", f.bytes.reducer},
                  {"reduced_bytes", f.bytes.reduced}}};
  if (f.rate > 0) {
    event.fields.insert(
        event.fields.end(),
        {{"images_per_second", f.rate}, {"rate_is", f.rate_is}, {"hours", f.hours}});
  }
  sink->Emit(event);
}

}  // namespace pomona::cli
