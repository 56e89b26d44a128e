// SPDX-License-Identifier: Apache-2.0
#include "bench_report.h"

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "pomona/base/json.h"
#include "pomona/model/backbone.h"
#include "pomona/store/byte_store.h"

#include "machine.h"
#include "text.h"

namespace pomona::cli {
namespace {

using engine::Median;
using engine::Timing;
using nlohmann::json;

constexpr int kSchema = 1;
constexpr double kBusyShare = 0.1;

double Rounded(double value) { return std::round(value * 100) / 100; }

std::string Name(const engine::Choice& choice) {
  return std::string(engine::BackendName(choice.backend)) + " " +
         std::string(engine::PrecisionName(choice.precision));
}

std::string Range(const std::vector<double>& values) {
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  return Rate(*least) + " to " + Rate(*most);
}

std::vector<Timing> FastestFirst(std::vector<Timing> timings) {
  std::stable_sort(timings.begin(), timings.end(), [](const Timing& a, const Timing& b) {
    return Median(a.images_per_second) > Median(b.images_per_second);
  });
  return timings;
}

json Spread(const std::vector<double>& values) {
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  return {{"median", Rounded(Median(values))},
          {"least", Rounded(*least)},
          {"most", Rounded(*most)}};
}

json EnginesJson(const std::vector<Timing>& timings) {
  json engines = json::array();
  for (const Timing& timing : FastestFirst(timings)) {
    engines.push_back({{"backend", engine::BackendName(timing.choice.backend)},
                       {"precision", engine::PrecisionName(timing.choice.precision)},
                       {"version", timing.info.backend},
                       {"batch", timing.info.batch},
                       {"images_per_second", Spread(timing.images_per_second)},
                       {"core_ms_per_image", Spread(timing.core_ms)},
                       {"latency_ms", Spread(timing.latency_ms)}});
  }
  return engines;
}

json InputJson(const BenchReport& report) {
  const engine::ExtractorInfo& info = report.timings.front().info;
  return {info.input_height, info.input_width};
}

// What is wrong with the record of an engine; "" when nothing is.
std::string WrongEngine(const json& engine) {
  if (!engine.is_object()) return "is no object";
  const json backend = engine.value("backend", json());
  if (backend != "native" && backend != "openvino") return "has no known \"backend\"";
  const json precision = engine.value("precision", json());
  if (precision != "f32" && precision != "bf16") return "has no known \"precision\"";
  const json rate = engine.value("images_per_second", json());
  const json median = rate.is_object() ? rate.value("median", json()) : json();
  if (!median.is_number() || !(median.get<double>() > 0)) {
    return "has no \"images_per_second\" with a \"median\" over 0";
  }
  return "";
}

std::string WrongNetwork(const json& network) {
  const json engines = network.is_object() ? network.value("engines", json()) : json();
  if (!engines.is_array() || engines.empty()) return "has no list \"engines\"";
  for (size_t i = 0; i < engines.size(); ++i) {
    const std::string wrong = WrongEngine(engines[i]);
    if (!wrong.empty()) return "engines[" + std::to_string(i) + "] " + wrong;
  }
  return "";
}

Status NoRecords(const std::string& name, const std::string& why) {
  return Status::Invalid(name, " is no file of pomona bench --record: ", why,
                         "\nhint: restore it, or record in another file");
}

}  // namespace

std::string BenchText(const BenchReport& report) {
  const std::vector<Timing> sorted = FastestFirst(report.timings);
  const engine::ExtractorInfo& info = sorted.front().info;
  std::string text = model::ModelTitle(report.model) + " at " +
                     std::to_string(info.input_height) + " x " +
                     std::to_string(info.input_width);
  if (!report.weights.empty()) text += ", " + report.weights;
  text =
      Printable(text) + "\n" + report.cpu + ", " + Count(report.cores, "core") + "\n\n";
  std::vector<std::vector<std::string>> rows = {{"engine", "images/s", "from to",
                                                 "of the fastest", "core-ms an image",
                                                 "ms for one picture", "batch"}};
  const double fastest = Median(sorted.front().images_per_second);
  for (const Timing& timing : sorted) {
    const double rate = Median(timing.images_per_second);
    rows.push_back({Name(timing.choice), Rate(rate), Range(timing.images_per_second),
                    Fixed(rate / fastest, 2), Fixed(Median(timing.core_ms), 1),
                    Fixed(Median(timing.latency_ms), 1), Count(timing.info.batch)});
  }
  text += Table(rows) + "\nauto here: " + Name(report.chosen.choice) + " (" +
          report.chosen.why + ")\n";
  if (report.others >= kBusyShare * report.cores) {
    text += "warning: other work took " + Fixed(report.others, 1) + " of " +
            Count(report.cores, "core") +
            " meanwhile: images a second are too few, ratios uncertain\n";
  }
  return text;
}

json BenchJson(const BenchReport& report) {
  return {{"cpu", report.cpu},
          {"cores", report.cores},
          {"model", report.model},
          {"weights", report.weights},
          {"input", InputJson(report)},
          {"other_work_cores", Rounded(report.others)},
          {"busy", report.others >= kBusyShare * report.cores},
          {"auto",
           {{"backend", engine::BackendName(report.chosen.choice.backend)},
            {"precision", engine::PrecisionName(report.chosen.choice.precision)},
            {"measured", report.chosen.measured},
            {"why", report.chosen.why}}},
          {"engines", EnginesJson(report.timings)}};
}

Result<json> ParseRecords(const std::string& text, const std::string& name) {
  if (text.empty()) return json{{"schema", kSchema}, {"classes", json::object()}};
  json records = ParseJson(text);
  if (!records.is_object()) return NoRecords(name, "it is no JSON object");
  if (records.value("schema", json()) != kSchema) {
    return NoRecords(name, "\"schema\" is not " + std::to_string(kSchema));
  }
  const json classes = records.value("classes", json());
  if (!classes.is_object()) return NoRecords(name, "there is no object \"classes\"");
  for (const auto& [cpu, networks] : classes.items()) {
    if (!networks.is_object()) return NoRecords(name, "class " + cpu + " is no object");
    for (const auto& [network, measured] : networks.items()) {
      const std::string wrong = WrongNetwork(measured);
      if (!wrong.empty()) return NoRecords(name, cpu + ", " + network + ": " + wrong);
    }
  }
  return records;
}

json WithRecord(json records, const BenchReport& report, const std::string& date) {
  records["classes"][report.cpu][report.model] = {
      {"date", date},
      {"pomona", POMONA_VERSION},
      {"cores", report.cores},
      {"input", InputJson(report)},
      {"other_work_cores", Rounded(report.others)},
      {"engines", EnginesJson(report.timings)}};
  return records;
}

Result<json> ReadRecords(const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code error;
  const fs::path folder = fs::absolute(path, error).parent_path();
  if (!fs::is_directory(folder, error)) {
    return Status::IOError("cannot record in ", path, ": there is no folder ",
                           folder.string(), "\nhint: make it, or name another file");
  }
  if (fs::exists(path, error) && !fs::is_regular_file(path, error)) {
    return Status::IOError("cannot record in ", path,
                           ": it is no file\nhint: name a file, such as engines.json");
  }
  if (!LookAtFolder(folder.string()).writable) {
    return Status::IOError("cannot record in ", path, ": its folder cannot be written to",
                           "\nhint: chmod u+w it, or name another file");
  }
  return ParseRecords(ReadText(path), path);
}

Status RecordIn(const std::string& path, const json& records) {
  const auto full = std::filesystem::absolute(path);
  ARROW_ASSIGN_OR_RAISE(auto store, store::OpenByteStore(full.parent_path().string()));
  return store->Put(full.filename().string(),
                    records.dump(1, ' ', false, json::error_handler_t::replace) + "\n");
}

}  // namespace pomona::cli
