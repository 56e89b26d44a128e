// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <memory>

#include "pomona/job/layout.h"
#include "pomona/job/stages.h"

#include "commands.h"
#include "fail.h"
#include "info.h"
#include "job_command.h"
#include "text.h"

namespace pomona::cli {
namespace {

constexpr char kExamples[] =
    "Examples:\n"
    "  pomona transform new-photos/ --reducer out/ --out table/      images\n"
    "  pomona transform out/ --reducer reducer-32/ --out table-32/   rows of a run\n"
    "\n"
    "Images pass the network and the preprocessing that the reducer was fitted with, "
    "so\nthere are no options for these; only a file (--model FILE.onnx, --weights FILE) "
    "must "
    "be\nnamed again.";

int TransformStored(const RunFlags& flags) {
  auto reducer = job::LoadReducer(flags.settings.reducer);
  if (!reducer.ok()) return Fail(reducer.status());
  auto settings = flags.Resolve();
  if (!settings.ok()) return Fail(settings.status(), kUsage);
  auto sink = MakeProgressSink(flags.show(), stdout, stderr);
  job::TransformOptions options{settings->csv, settings->npz, sink.get()};
  auto rows = job::TransformRows(*reducer, flags.source, flags.destination, options);
  sink.reset();
  if (!rows.ok()) return Fail(rows.status());
  if (flags.show() == Show::kAuto) {
    std::printf("%s of %s\ntable  %s/%s/\n", Count(*rows, "row").c_str(),
                Count(reducer->k(), "component").c_str(), flags.destination.c_str(),
                job::ReducedFolder(0).c_str());
  }
  return kDone;
}

int Transform(const RunFlags& flags) {
  return HoldsRows(flags.source) ? TransformStored(flags) : RunJob(flags);
}

}  // namespace

void AddTransform(CLI::App* program, Action* action) {
  auto* app = program->add_subcommand("transform", "a saved reducer on images or rows");
  auto flags = std::make_shared<RunFlags>();
  AddPlaces(app, flags.get(), "images (as for run), a run's folder, or feature files",
            "destination: a folder or s3://BUCKET/PREFIX");
  app->add_option("--reducer", flags->settings.reducer,
                  "folder or file of a reducer, or a run's folder")
      ->type_name("R")
      ->required();
  AddSourceOptions(app, &flags->settings);
  AddNetworkFiles(app, &flags->settings.backbone);
  AddEngineOptions(app, &flags->settings.precision, &flags->settings.backend);
  AddTableOptions(app, flags.get(), true);
  AddHowOptions(app, flags.get());
  app->footer(kExamples);
  app->callback([=] { *action = [flags] { return Transform(*flags); }; });
}

}  // namespace pomona::cli
