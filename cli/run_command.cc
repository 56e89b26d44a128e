// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include "commands.h"
#include "job_command.h"

namespace pomona::cli {
namespace {

constexpr char kSourceHelp[] =
    "folder of images or of .tar files, list file (.txt, .csv, .parquet), .tar, .parquet "
    "with pictures, or s3://BUCKET/PREFIX";
constexpr char kDestinationHelp[] = "destination: a folder or s3://BUCKET/PREFIX";

constexpr char kRunExamples[] =
    "Examples:\n"
    "  pomona run photos/ --out out/\n"
    "  pomona run photos/ --out out/ --variance 95% --output csv\n"
    "  pomona run list.csv --out out/ --label-from column:variety --fit pad\n"
    "  pomona run s3://fruits/2026 --out s3://fruits/out\n"
    "  pomona run s3://fruits/2026 --out s3://fruits/out --dry-run --rate 100\n"
    "  pomona run photos/ --out out/ --model lite.onnx --input-size 224 --pool avg\n"
    "\n"
    "Stopped or killed, the same command goes on; with new images, it adds them.";

constexpr char kExtractExamples[] =
    "Examples:\n"
    "  pomona extract photos/ --out features/\n"
    "  pomona fit features/ --out reducer/ --components 32\n"
    "  pomona transform features/ --reducer reducer/ --out table/";

}  // namespace

void AddRun(CLI::App* program, Action* action) {
  auto* app = program->add_subcommand("run", "images to a reduced table: the whole job");
  auto flags = std::make_shared<RunFlags>();
  AddPlaces(app, flags.get(), kSourceHelp, kDestinationHelp);
  AddSourceOptions(app, &flags->settings);
  AddPictureOptions(app, &flags->settings, &flags->normalize);
  AddNetworkOptions(app, &flags->settings.backbone);
  AddEngineOptions(app, &flags->settings.precision, &flags->settings.backend);
  AddFitOptions(app, &flags->settings.fit);
  AddTableOptions(app, flags.get(), true);
  AddHowOptions(app, flags.get());
  AddForecastOptions(app, flags.get());
  app->footer(kRunExamples);
  app->callback([=] { *action = [flags] { return RunJob(*flags); }; });
}

void AddExtract(CLI::App* program, Action* action) {
  auto* app = program->add_subcommand("extract", "images to feature rows and moments");
  auto flags = std::make_shared<RunFlags>();
  flags->settings.reduce = false;
  AddPlaces(app, flags.get(), kSourceHelp, kDestinationHelp);
  AddSourceOptions(app, &flags->settings);
  AddPictureOptions(app, &flags->settings, &flags->normalize);
  AddNetworkOptions(app, &flags->settings.backbone);
  AddEngineOptions(app, &flags->settings.precision, &flags->settings.backend);
  AddTableOptions(app, flags.get(), false);
  AddHowOptions(app, flags.get());
  AddForecastOptions(app, flags.get());
  app->footer(kExtractExamples);
  app->callback([=] { *action = [flags] { return RunJob(*flags); }; });
}

}  // namespace pomona::cli
