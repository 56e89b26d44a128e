// SPDX-License-Identifier: Apache-2.0
// The subcommands, a file each. Every function adds one to the program and stores in
// `action` what to do when it was chosen.
#pragma once

#include "options.h"

namespace pomona::cli {

void AddRun(CLI::App* program, Action* action);
void AddExtract(CLI::App* program, Action* action);
void AddFit(CLI::App* program, Action* action);
void AddTransform(CLI::App* program, Action* action);
void AddExport(CLI::App* program, Action* action);
void AddImport(CLI::App* program, Action* action);
void AddTrain(CLI::App* program, Action* action);
void AddEvaluate(CLI::App* program, Action* action);
void AddPredict(CLI::App* program, Action* action);
void AddInfo(CLI::App* program, Action* action);
void AddDoctor(CLI::App* program, Action* action);
void AddBench(CLI::App* program, Action* action);

// The whole program: parses, acts, returns the exit code.
int Main(int argc, char** argv);

}  // namespace pomona::cli
