// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <memory>

#include <arrow/util/string.h>

#include "pomona/job/export/export.h"
#include "pomona/job/stages.h"
#include "pomona/store/byte_store.h"

#include "commands.h"
#include "fail.h"
#include "info.h"
#include "python.h"
#include "terminal.h"

namespace pomona::cli {
namespace {

constexpr char kExamples[] =
    "Examples:\n"
    "  pomona import model-spark/ --out reducer/                what PipelineModel.save "
    "wrote\n"
    "  pomona import pipeline.joblib --out reducer/ --like out/ scikit-learn, fitted on "
    "out/\n"
    "\n"
    "A scaler and a PCA do not say how pictures became their columns. --like names the "
    "run\n"
    "on whose features they were fitted; without it the reducer takes feature rows, not\n"
    "pictures. A joblib file is a pickle: import those that you trust.";

struct ImportFlags {
  std::string source;
  std::string destination;
  std::string like;
  bool overwrite = false;
  bool quiet = false;
};

bool IsPickle(const std::string& source) {
  for (const char* ending : {".joblib", ".pkl", ".pickle"}) {
    if (source.ends_with(ending)) return true;
  }
  return false;
}

Status CheckFree(store::ByteStore* store, const ImportFlags& flags) {
  ARROW_ASSIGN_OR_RAISE(const bool taken, store->Exists("reducer.safetensors"));
  if (!taken || flags.overwrite) return Status::OK();
  return Status::AlreadyExists(flags.destination, " holds a reducer already",
                               "\nhint: another folder, or --overwrite");
}

// Python reads the pickle and answers with a reducer.safetensors in (capital) hex digits.
Result<stats::Reducer> FromSklearn(const std::string& source) {
  ARROW_ASSIGN_OR_RAISE(const auto answer,
                        AskPython(source, "pomona._sklearn", {"import", source}));
  const std::string hex = answer.value("reducer", std::string());
  std::string bytes(hex.size() / 2, '\0');
  ARROW_RETURN_NOT_OK(
      arrow::ParseHexValues(hex, reinterpret_cast<uint8_t*>(bytes.data())));
  return stats::Reducer::FromSafetensors(bytes);
}

Result<stats::Reducer> ImportAndSave(const ImportFlags& flags) {
  ARROW_ASSIGN_OR_RAISE(auto store, store::OpenByteStore(flags.destination));
  ARROW_RETURN_NOT_OK(CheckFree(store.get(), flags));
  ARROW_ASSIGN_OR_RAISE(auto reducer, IsPickle(flags.source)
                                          ? FromSklearn(flags.source)
                                          : job::ImportSpark(flags.source));
  if (!flags.like.empty()) {
    ARROW_RETURN_NOT_OK(job::AdoptContractOf(flags.like, &reducer));
  }
  ARROW_RETURN_NOT_OK(job::SaveReducer(reducer, store.get(), ""));
  return reducer;
}

int Import(const ImportFlags& flags) {
  auto reducer = ImportAndSave(flags);
  if (!reducer.ok()) return Fail(reducer.status());
  if (flags.quiet) return kDone;
  const View view{TerminalWidth(fileno(stdout)), Utf8Locale()};
  std::fputs(ReducerText(*reducer, view).c_str(), stdout);
  const bool pictures = reducer->metadata.contains("pomona.contract");
  std::printf("\nwritten to %s\n", flags.destination.c_str());
  std::printf(pictures
                  ? "next: pomona transform SRC --reducer %s --out DST\n"
                  : "it takes feature rows: pomona transform RUN --reducer %s --out DST\n"
                    "for pictures, import it with --like RUN\n",
              flags.destination.c_str());
  return kDone;
}

}  // namespace

void AddImport(CLI::App* program, Action* action) {
  auto* app =
      program->add_subcommand("import", "a scaler and PCA of Spark or scikit-learn");
  auto flags = std::make_shared<ImportFlags>();
  app->add_option("SRC", flags->source,
                  "folder (or s3://) of a saved Spark PipelineModel or PCAModel, or a "
                  "scikit-learn Pipeline or PCA (.joblib, .pkl, .pickle)")
      ->required();
  app->add_option("--out", flags->destination, "folder of the reducer")
      ->type_name("REDUCER")
      ->required();
  app->add_option("--like", flags->like,
                  "the run, or a reducer of it, on whose rows it was fitted: its network "
                  "and preprocessing become the reducer's")
      ->type_name("RUN");
  app->add_flag("--overwrite", flags->overwrite, "replace a reducer that is there");
  app->add_flag("--quiet", flags->quiet, "print errors alone");
  app->footer(kExamples);
  app->callback([=] { *action = [flags] { return Import(*flags); }; });
}

}  // namespace pomona::cli
