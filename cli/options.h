// SPDX-License-Identifier: Apache-2.0
// Options that several commands share, bound to the job's settings. Defaults that help
// shows are those of the settings themselves.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "pomona/base/status.h"
#include "pomona/job/run.h"
#include "pomona/job/settings.h"

#include "progress_sink.h"
#include "spark_job.h"

namespace pomona::cli {

// What a command does once the line is parsed; returns the exit code.
using Action = std::function<int()>;

// --normalize with --mean, --std, --scale, --channels.
struct NormalizeFlags {
  std::string name;
  std::optional<std::array<float, 3>> mean;
  std::optional<std::array<float, 3>> deviation;
  std::optional<float> scale;
  std::string channels;

  // nullopt: what the network wants. Invalid for "custom" without --mean, or for numbers
  // without "custom".
  Result<std::optional<image::Normalization>> Resolve() const;
};

// Everything that `run`, `extract` and `transform` can be told.
struct RunFlags {
  std::string source;
  std::string destination;
  job::Settings settings;
  job::RunOptions options;
  SparkFlags spark;
  NormalizeFlags normalize;
  std::vector<std::string> outputs;
  bool strict = false;
  bool dry_run = false;
  std::string rate;  // of dry_run: images a second, or a destination
  bool json = false;
  bool quiet = false;

  Show show() const { return json ? Show::kJson : quiet ? Show::kQuiet : Show::kAuto; }
  // The settings with the flags that need a look at each other; checked by
  // Settings::Validate.
  Result<job::Settings> Resolve() const;
};

void AddSourceOptions(CLI::App* app, job::Settings* settings);
void AddPictureOptions(CLI::App* app, job::Settings* settings, NormalizeFlags* normalize);
// The network's files alone; then all that decides its rows.
void AddNetworkFiles(CLI::App* app, model::BackboneOptions* backbone);
void AddNetworkOptions(CLI::App* app, model::BackboneOptions* backbone);
void AddEngineOptions(CLI::App* app, std::string* precision, std::string* backend);
void AddFitOptions(CLI::App* app, stats::FitOptions* fit);
void AddTableOptions(CLI::App* app, RunFlags* flags, bool reduces);
// --engine, --master, --conf, --require-same-cpu: where it is computed.
void AddSparkOptions(CLI::App* app, SparkFlags* spark, job::RunOptions* options);
Status CheckSpark(const SparkFlags& spark, const job::RunOptions& options);
void AddHowOptions(CLI::App* app, RunFlags* flags);
// --dry-run and --rate.
void AddForecastOptions(CLI::App* app, RunFlags* flags);

// Adds an option whose text `parse` turns into `*target`; what it says is wrong becomes a
// usage error. `shown` is the default in the help.
template <typename T, typename Target>
CLI::Option* AddParsed(CLI::App* app, const std::string& name, Target* target,
                       Result<T> (*parse)(const std::string&), const std::string& shown,
                       const std::string& type, const std::string& help) {
  auto take = [=](const std::string& text) {
    Result<T> value = parse(text);
    if (!value.ok()) throw CLI::ValidationError(name, value.status().message());
    *target = *std::move(value);
  };
  auto* option = app->add_option_function<std::string>(name, take, help);
  return option->type_name(type)->default_str(shown);
}

}  // namespace pomona::cli
