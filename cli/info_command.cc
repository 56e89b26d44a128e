// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <filesystem>
#include <memory>

#include "pomona/job/layout.h"
#include "pomona/job/stages.h"
#include "pomona/learn/head_store.h"
#include "pomona/store/byte_store.h"
#include "pomona/store/s3/location.h"

#include "commands.h"
#include "fail.h"
#include "info.h"
#include "terminal.h"

namespace pomona::cli {
namespace {

constexpr char kExamples[] =
    "Examples:\n"
    "  pomona info vgg16 --input-size 100         layers and parameters\n"
    "  pomona info vgg16 --verbose                how this machine computes each layer\n"
    "  pomona info lite0                          the other network that is built in\n"
    "  pomona info mine.onnx\n"
    "  pomona info out/                           a run: counts, rejects, files, scree\n"
    "  pomona info out/reducer/gen-0000           a reducer\n"
    "  pomona info fruit                          a head that is built in; or its "
    "folder\n"
    "  pomona info out/reduced/gen-0000/part-00000.parquet";

struct InfoFlags {
  std::string what;
  model::BackboneOptions backbone;
  bool json = false;
  bool verbose = false;
};

Result<Info> LoadedHead(const std::string& location, const View& view) {
  ARROW_ASSIGN_OR_RAISE(const auto head, learn::LoadHead(location));
  return HeadInfo(head, view);
}

Result<Info> FolderInfo(const std::string& location, const View& view) {
  ARROW_ASSIGN_OR_RAISE(auto store, store::OpenByteStore(location));
  for (const char* file : {job::kPlanFile, job::kManifestFile}) {
    ARROW_ASSIGN_OR_RAISE(const bool found, store->Exists(file));
    if (found) return DestinationInfo(location, view);
  }
  ARROW_ASSIGN_OR_RAISE(const bool head, store->Exists(learn::kHeadName));
  if (head) return LoadedHead(location, view);
  ARROW_ASSIGN_OR_RAISE(const bool reducer, store->Exists("reducer.safetensors"));
  if (!reducer) {
    return Status::Invalid(location,
                           " is neither a run's folder (plan.json) nor a reducer's",
                           " (reducer.safetensors) or a head's (head.safetensors)");
  }
  ARROW_ASSIGN_OR_RAISE(auto loaded, job::LoadReducer(location));
  return ReducerInfo(loaded, view);
}

Result<Info> Find(const InfoFlags& flags, const View& view) {
  namespace fs = std::filesystem;
  if (model::IsNamedModel(flags.what) || flags.what.ends_with(".onnx")) {
    model::BackboneOptions options = flags.backbone;
    options.model = flags.what;
    return ModelInfo(options, flags.verbose);
  }
  if (store::s3::IsS3(flags.what)) return FolderInfo(flags.what, view);
  std::error_code error;
  const auto status = fs::status(flags.what, error);
  if (fs::is_directory(status)) return FolderInfo(flags.what, view);
  if (fs::is_regular_file(status)) return FileInfo(flags.what, view);
  ARROW_ASSIGN_OR_RAISE(const std::string built_in, learn::HeadLocation(flags.what));
  if (built_in != flags.what) return LoadedHead(built_in, view);
  return Status::KeyError("nothing is at '", flags.what,
                          "'\nhint: give vgg16 (vgg11, vgg13, vgg19), lite0, an .onnx "
                          "file, a run's folder, a reducer, a head (or fruit, variety, "
                          "maturity, health), a Parquet, weights or moments file");
}

int ShowInfo(const InfoFlags& flags) {
  const View view{TerminalWidth(fileno(stdout)), Utf8Locale()};
  auto info = Find(flags, view);
  if (!info.ok()) return Fail(info.status());
  std::fputs((flags.json ? info->json + "\n" : info->text).c_str(), stdout);
  return kDone;
}

}  // namespace

void AddInfo(CLI::App* program, Action* action) {
  auto* app = program->add_subcommand("info", "what a network, run, reducer or file is");
  auto flags = std::make_shared<InfoFlags>();
  app->add_option("X", flags->what,
                  "vgg16, lite0, an .onnx file, a run's folder, a reducer, a head "
                  "(fruit, variety, "
                  "maturity, health: built in), a Parquet, weights or moments file")
      ->required();
  AddNetworkOptions(app, &flags->backbone);
  app->add_flag("--verbose", flags->verbose,
                "of a network: how this machine computes each layer, and why so");
  app->add_flag("--json", flags->json, "as JSON");
  app->footer(kExamples);
  app->callback([=] { *action = [flags] { return ShowInfo(*flags); }; });
}

}  // namespace pomona::cli
