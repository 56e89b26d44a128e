// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <exception>
#include <memory>
#include <new>

#include "commands.h"
#include "fail.h"
#include "help.h"

namespace pomona::cli {
namespace {

constexpr char kAbout[] =
    "Pomona turns fruit photos into a small table of numbers: pictures through a "
    "network,\n"
    "a scaler and a PCA into Parquet.";
constexpr char kExamples[] =
    "Examples:\n"
    "  pomona run photos/ --out out/        the whole job; the same line resumes it\n"
    "  pomona info out/                     what is there, with the scree as bars\n"
    "  pomona doctor                        is this machine ready?\n"
    "\n"
    "pomona COMMAND --help tells the options of a command.\n"
    "Exit codes: 0 done, 1 failed or stopped, 2 wrong usage.";

int Parse(CLI::App* program, int argc, char** argv) {
  try {
    program->parse(argc, argv);
    return -1;
  } catch (const CLI::Success& asked) {  // --help, --version
    return program->exit(asked);
  } catch (const CLI::ParseError& error) {
    std::string command = "pomona";
    for (const auto* chosen : program->get_subcommands())
      command += " " + chosen->get_name();
    return Fail(Status::Invalid(error.what(), "\nhint: see ", command, " --help"),
                kUsage);
  }
}

}  // namespace

int Main(int argc, char** argv) {
  try {
    CLI::App program(kAbout, "pomona");
    program.formatter(std::make_shared<HelpFormatter>());
    program.set_help_flag("-h,--help", "print this");
    program.set_version_flag("--version", "pomona " POMONA_VERSION, "print the version");
    program.require_subcommand(1);
    program.footer(kExamples);
    Action action;
    for (auto* add : {AddRun, AddExtract, AddFit, AddTransform, AddTrain, AddEvaluate,
                      AddPredict, AddExport, AddImport, AddInfo, AddDoctor, AddBench}) {
      add(&program, &action);
    }
    const int parsed = Parse(&program, argc, argv);
    return parsed >= 0 ? parsed : action();
  } catch (const std::bad_alloc&) {
    return Fail(Status::OutOfMemory("out of memory"));
  } catch (const std::exception& error) {
    return Fail(Status::UnknownError("this should not happen: ", error.what()));
  }
}

}  // namespace pomona::cli
