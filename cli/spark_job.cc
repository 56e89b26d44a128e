// SPDX-License-Identifier: Apache-2.0
#include "spark_job.h"

#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>

#include <nlohmann/json.hpp>

#include "pomona/base/json.h"
#include "pomona/job/task_spec.h"

#include "child.h"
#include "python.h"
#include "scratch_folder.h"
#include "settings_json.h"
#include "spark_master.h"

namespace pomona::cli {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr auto kProbe = std::chrono::seconds(5);
constexpr int kCannotStart = 127;

std::string Variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// The job's description and Spark's log; the log stays where an error names it.
class Scratch {
 public:
  ~Scratch() {
    std::error_code ignored;
    fs::remove(job(), ignored);
  }

  bool ok() const { return !folder_.path().empty(); }
  std::string job() const { return folder_.path() + "/job.json"; }
  std::string log() const { return folder_.path() + "/spark.log"; }
  void KeepLogNamedBy(const Status& status) {
    if (status.message().find(log()) != std::string::npos) folder_.Keep();
  }

 private:
  ScratchFolder folder_{"spark"};
};

struct Spark {
  std::string python;
  std::string submit;  // the program spark-submit
  std::string driver;  // what it runs
};

// What `python -m pomona.spark.locate` says, or nullopt where it cannot be run.
Result<std::optional<Spark>> Ask(const std::string& python, const std::string& log) {
  ARROW_ASSIGN_OR_RAISE(auto child,
                        Child::Start({python, "-m", "pomona.spark.locate"}, {}, log));
  std::string answer;
  child.ReadLines([&](const std::string& line) { answer = line; });
  const int code = child.Wait();
  const Json json = ParseJson(answer);
  if (!json.is_object()) return std::optional<Spark>();
  if (json.contains("error")) return Status::Invalid(json.value("error", std::string()));
  if (code != 0) return std::optional<Spark>();
  return Spark{python, json.value("submit", std::string()),
               json.value("driver", std::string())};
}

Result<Spark> Locate(const std::string& log) {
  std::string tried;
  for (const auto& python :
       Pythons({"PYSPARK_DRIVER_PYTHON", "PYSPARK_PYTHON", "POMONA_PYTHON"})) {
    ARROW_ASSIGN_OR_RAISE(auto found, Ask(python, log));
    if (found) return *std::move(found);
    tried += (tried.empty() ? "" : ", ") + python;
  }
  return Status::Invalid(
      "--engine spark needs a Python with the packages pomona and pyspark; none of these "
      "has both: ",
      tried,
      "\nhint: install Pomona's wheel and pyspark, and name that Python by "
      "PYSPARK_PYTHON. See ",
      log);
}

bool Given(const SparkFlags& flags, const std::string& key) {
  for (const auto& pair : flags.conf) {
    if (pair.starts_with(key + "=")) return true;
  }
  return false;
}

std::vector<std::string> Command(const Spark& spark, const SparkFlags& flags,
                                 const std::string& job) {
  std::vector<std::string> words = {spark.submit, "--master", flags.master,
                                    "--deploy-mode", "client"};
  const auto conf = [&](const std::string& pair) {
    words.insert(words.end(), {"--conf", pair});
  };
  if (!Given(flags, "spark.pyspark.driver.python")) {
    conf("spark.pyspark.driver.python=" + spark.python);
  }
  if (!Given(flags, "spark.pyspark.python") && Variable("PYSPARK_PYTHON").empty()) {
    conf("spark.pyspark.python=" + spark.python);
  }
  for (const auto& pair : flags.conf) conf(pair);
  words.insert(words.end(), {spark.driver, job});
  return words;
}

// Spark's Java processes live for one run and hand out numbers: compiling them well costs
// more than it gains. What the user has set comes after, and wins.
Child::Environment QuickStart() {
  Child::Environment extra;
  for (const char* name : {"SPARK_LAUNCHER_OPTS", "SPARK_SUBMIT_OPTS"}) {
    extra.emplace_back(name, "-XX:TieredStopAtLevel=1 " + Variable(name));
  }
  return extra;
}

Status WriteJob(const std::string& file, const Json& job) {
  std::ofstream out(file);
  out << job.dump(-1, ' ', false, Json::error_handler_t::replace);
  out.close();
  return out.good() ? Status::OK() : Status::IOError("cannot write to ", file);
}

// The driver's lines: events, and how it ended. Everything else on its output is Spark's.
class Conversation {
 public:
  Conversation(EventSink* sink, std::stop_token stop, const std::string& log)
      : sink_(sink), stop_(stop, [this] { Interrupt(); }), log_(log, std::ios::app) {}

  void Hear(const std::string& line) {
    const Json json = ParseJson(line);
    const std::string kind = json.is_object() ? json.value("event", "") : "";
    if (kind.empty()) {
      log_ << line << std::endl;
    } else if (kind == "driver") {
      driver_ = json.value("pid", -1);
      if (stop_requested_) Interrupt();
    } else if (kind == "ended") {
      end_ = json;
    } else if (sink_ != nullptr) {
      sink_->Emit(ToEvent(nlohmann::ordered_json::parse(line)));
    }
  }

  // How the driver said that it ended; null when it did not say.
  const Json& end() const { return end_; }

 private:
  void Interrupt() {
    stop_requested_ = true;
    if (driver_ > 0) kill(driver_, SIGINT);
  }

  static Event ToEvent(const nlohmann::ordered_json& json) {
    Event event;
    for (const auto& [key, value] : json.items()) {
      if (key == "event") {
        event.kind = value;
      } else if (value.is_boolean()) {
        event.fields.emplace_back(key, value.get<bool>());
      } else if (value.is_number_integer()) {
        event.fields.emplace_back(key, value.get<int64_t>());
      } else if (value.is_number()) {
        event.fields.emplace_back(key, value.get<double>());
      } else if (value.is_string()) {
        event.fields.emplace_back(key, value.get<std::string>());
      }
    }
    return event;
  }

  EventSink* sink_;
  std::atomic<pid_t> driver_{-1};
  std::atomic<bool> stop_requested_{false};
  std::stop_callback<std::function<void()>> stop_;
  std::ofstream log_;
  Json end_;
};

Status SparkFailed(int code, const std::string& log) {
  if (code == kCannotStart)
    return Status::Invalid("spark-submit cannot be run: see ", log);
  return Status::ExecutionError("Spark ended without a word (exit code ", code, "): see ",
                                log);
}

Result<job::RunReport> Outcome(const Json& end, int code, const std::string& log) {
  if (!end.is_object()) return SparkFailed(code, log);
  const std::string how = end.value("status", "");
  if (how == "done") return ParseReport(end.value("report", Json()));
  if (how == "stopped") return Status::Cancelled("stopped");
  const std::string message = end.value("message", std::string("it failed"));
  if (!end.value("spark", false)) return Status::ExecutionError(message);
  return Status::ExecutionError(message, "\nhint: Spark's own log is ", log);
}

Result<job::RunReport> Submit(const Json& job, const job::RunOptions& options,
                              const SparkFlags& flags, const Scratch& scratch) {
  ARROW_ASSIGN_OR_RAISE(const Spark spark, Locate(scratch.log()));
  ARROW_RETURN_NOT_OK(WriteJob(scratch.job(), job));
  ARROW_ASSIGN_OR_RAISE(auto child, Child::Start(Command(spark, flags, scratch.job()),
                                                 QuickStart(), scratch.log()));
  Conversation conversation(options.sink, options.stop, scratch.log());
  child.ReadLines([&](const std::string& line) { conversation.Hear(line); });
  const int code = child.Wait();
  return Outcome(conversation.end(), code, scratch.log());
}

}  // namespace

Status SparkFlags::Validate() const {
  if (engine != "spark") {
    if (master.empty() && conf.empty()) return Status::OK();
    return Status::Invalid("--master and --conf need --engine spark");
  }
  if (master.empty()) {
    return Status::Invalid(
        "--engine spark needs --master: spark://HOST:PORT, local[N], yarn or "
        "k8s://https://HOST:PORT");
  }
  for (const auto& pair : conf) {
    if (pair.starts_with("spark.") && pair.find('=') != std::string::npos) continue;
    return Status::Invalid("--conf is '", pair, "'; it must be spark.KEY=VALUE");
  }
  return ParseMaster(master).status();
}

Result<job::RunReport> RunOnSpark(const std::string& source,
                                  const std::string& destination,
                                  const job::Settings& settings,
                                  const job::RunOptions& options,
                                  const SparkFlags& flags) {
  ARROW_RETURN_NOT_OK(ProbeMaster(flags.master, kProbe));
  Scratch scratch;
  if (!scratch.ok()) {
    return Status::IOError("cannot make a folder in ",
                           fs::temp_directory_path().string());
  }
  const Json job = {{"source", source},
                    {"destination", destination},
                    {"settings", SettingsJson(settings)},
                    {"options", OptionsJson(options)},
                    {"log", scratch.log()}};
  auto report = Submit(job, options, flags, scratch);
  scratch.KeepLogNamedBy(report.status());
  return report;
}

}  // namespace pomona::cli
