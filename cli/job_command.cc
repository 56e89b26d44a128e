// SPDX-License-Identifier: Apache-2.0
#include "job_command.h"

#include <cstdio>

#include "fail.h"
#include "forecast.h"
#include "interrupt.h"
#include "report.h"

namespace pomona::cli {
namespace {

std::string WithoutSlash(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

int Stopped() {
  return Fail(
      Status::Cancelled("stopped; what was done is kept"
                        "\nhint: the same command goes on from here"));
}

int Report(const RunFlags& flags, const job::RunReport& report) {
  if (flags.show() == Show::kAuto) {
    ReportContext context;
    context.destination = WithoutSlash(flags.destination);
    context.regions = flags.settings.regions != image::RegionSet::kPhoto;
    for (const auto& format : flags.outputs) {
      context.csv = context.csv || format == "csv";
      context.npz = context.npz || format == "npz";
    }
    if (report.reject_count() > 0) context.rejects = FirstRejects(flags.destination, 3);
    std::fputs(ReportText(report, context).c_str(), stdout);
  }
  if (!flags.strict || report.reject_count() == 0) return kDone;
  return Fail(Status::Invalid(report.reject_count(), " rejects, and --strict was given"));
}

}  // namespace

void AddPlaces(CLI::App* app, RunFlags* flags, const std::string& source_help,
               const std::string& out_help) {
  app->add_option("SRC", flags->source, source_help)->required();
  app->add_option("--out", flags->destination, out_help)->type_name("DST")->required();
}

int RunJob(const RunFlags& flags) {
  auto settings = flags.Resolve();
  if (!settings.ok()) return Fail(settings.status(), kUsage);

  Interrupt interrupt;
  auto sink = MakeProgressSink(flags.show(), stdout, stderr);
  job::RunOptions options = flags.options;
  options.stop = interrupt.token();
  options.sink = sink.get();
  if (flags.dry_run) {
    const auto forecast = ForecastJob(flags, *settings, options);
    if (forecast.ok() && flags.json) TellForecast(*forecast, sink.get());
    sink.reset();
    if (!forecast.ok()) {
      return forecast.status().IsCancelled() ? Stopped() : Fail(forecast.status());
    }
    if (!flags.json) std::fputs(ForecastText(*forecast).c_str(), stdout);
    return kDone;
  }
  auto report =
      flags.spark.engine == "spark"
          ? RunOnSpark(flags.source, flags.destination, *settings, options, flags.spark)
          : job::Run(flags.source, flags.destination, *settings, options);
  sink.reset();  // wipes the bar
  if (report.ok()) return Report(flags, *report);
  return report.status().IsCancelled() ? Stopped() : Fail(report.status());
}

}  // namespace pomona::cli
