// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <memory>

#include "pomona/job/stages.h"
#include "pomona/store/byte_store.h"

#include "commands.h"
#include "fail.h"
#include "info.h"
#include "terminal.h"

namespace pomona::cli {
namespace {

constexpr char kExamples[] =
    "Examples:\n"
    "  pomona fit out/ --out reducer-32/ --components 32     from a run's moments\n"
    "  pomona fit features/ --out reducer/ --variance 95%    from feature files\n"
    "  pomona fit wide/ --out reducer/ --pca exact           not from its sketch\n"
    "  pomona fit block-0000.bin --out reducer/ --convention sklearn";

struct FitFlags {
  std::string source;
  std::string destination;
  stats::FitOptions fit;
  bool overwrite = false;
  bool json = false;
  bool quiet = false;
};

Status CheckFree(store::ByteStore* store, const FitFlags& flags) {
  ARROW_ASSIGN_OR_RAISE(const bool taken, store->Exists("reducer.safetensors"));
  if (!taken || flags.overwrite) return Status::OK();
  return Status::AlreadyExists(flags.destination, " holds a reducer already",
                               "\nhint: another folder, or --overwrite");
}

Result<stats::Reducer> FitAndSave(const FitFlags& flags) {
  ARROW_ASSIGN_OR_RAISE(auto store, store::OpenByteStore(flags.destination));
  ARROW_RETURN_NOT_OK(CheckFree(store.get(), flags));
  ARROW_ASSIGN_OR_RAISE(auto reducer, job::FitFrom(flags.source, flags.fit));
  ARROW_RETURN_NOT_OK(job::SaveReducer(reducer, store.get(), ""));
  return reducer;
}

int Fit(const FitFlags& flags) {
  if (flags.fit.components && flags.fit.variance) {
    return Fail(Status::Invalid("--components and --variance exclude each other"),
                kUsage);
  }
  auto reducer = FitAndSave(flags);
  if (!reducer.ok()) return Fail(reducer.status());
  if (flags.json) {
    std::puts(reducer->ToJson().c_str());
  } else if (!flags.quiet) {
    const View view{TerminalWidth(fileno(stdout)), Utf8Locale()};
    std::fputs(ReducerText(*reducer, view).c_str(), stdout);
    std::printf("\nwritten to %s\nnext: pomona transform SRC --reducer %s --out DST\n",
                flags.destination.c_str(), flags.destination.c_str());
  }
  return kDone;
}

}  // namespace

void AddFit(CLI::App* program, Action* action) {
  auto* app = program->add_subcommand("fit", "feature rows or moments to a reducer");
  auto flags = std::make_shared<FitFlags>();
  app->add_option("SRC", flags->source,
                  "a run's folder, or feature files (.parquet), or moments (.bin)")
      ->required();
  app->add_option("--out", flags->destination, "folder of the reducer")
      ->type_name("REDUCER")
      ->required();
  AddFitOptions(app, &flags->fit);
  app->add_flag("--overwrite", flags->overwrite, "replace a reducer that is there");
  auto* json = app->add_flag("--json", flags->json, "print the reducer as JSON");
  app->add_flag("--quiet", flags->quiet, "print errors alone")->excludes(json);
  app->footer(kExamples);
  app->callback([=] { *action = [flags] { return Fit(*flags); }; });
}

}  // namespace pomona::cli
