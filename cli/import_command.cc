// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <memory>
#include <optional>

#include <arrow/util/string.h>

#include "pomona/job/export/export.h"
#include "pomona/job/stages.h"
#include "pomona/learn/head_export.h"
#include "pomona/learn/head_store.h"
#include "pomona/learn/taxonomy.h"
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
    "  pomona import classifier.joblib --out head/ --like out/  a head for pomona "
    "predict\n"
    "\n"
    "A scaler and a PCA do not say how pictures became their columns. --like names the "
    "run\n"
    "on whose features they were fitted; without it the reducer takes feature rows, not\n"
    "pictures. A joblib file is a pickle: import those that you trust.";

struct ImportFlags {
  std::string source;
  std::string destination;
  std::string like;
  std::string target = "label";
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
  for (const std::string name : {"reducer", "head"}) {
    ARROW_ASSIGN_OR_RAISE(const bool taken, store->Exists(name + ".safetensors"));
    if (!taken || flags.overwrite) continue;
    return Status::AlreadyExists(flags.destination, " holds a ", name, " already",
                                 "\nhint: another folder, or --overwrite");
  }
  return Status::OK();
}

// What was found: one of the two.
struct Found {
  std::optional<stats::Reducer> reducer;
  std::optional<learn::Head> head;
};

// Python reads the pickle and answers with a reducer.safetensors in (capital) hex digits,
// or with what a head is made of.
Result<Found> FromSklearn(const ImportFlags& flags) {
  Found found;
  ARROW_ASSIGN_OR_RAISE(const auto answer, AskPython(flags.source, "pomona._sklearn",
                                                     {"import", flags.source}));
  if (answer.contains("head")) {
    ARROW_ASSIGN_OR_RAISE(found.head,
                          learn::HeadFromLinear(answer["head"].dump(), flags.target));
    return found;
  }
  const std::string hex = answer.value("reducer", std::string());
  std::string bytes(hex.size() / 2, '\0');
  ARROW_RETURN_NOT_OK(
      arrow::ParseHexValues(hex, reinterpret_cast<uint8_t*>(bytes.data())));
  ARROW_ASSIGN_OR_RAISE(found.reducer, stats::Reducer::FromSafetensors(bytes));
  return found;
}

Status AdoptRows(const std::string& like, learn::Head* head) {
  ARROW_ASSIGN_OR_RAISE(const auto metadata, learn::RowMetadataOf(like));
  learn::CarryContract(metadata, head);
  return Status::OK();
}

Result<Found> ImportAndSave(const ImportFlags& flags) {
  ARROW_ASSIGN_OR_RAISE(auto store, store::OpenByteStore(flags.destination));
  ARROW_RETURN_NOT_OK(CheckFree(store.get(), flags));
  Found found;
  if (IsPickle(flags.source)) {
    ARROW_ASSIGN_OR_RAISE(found, FromSklearn(flags));
  } else {
    ARROW_ASSIGN_OR_RAISE(found.reducer, job::ImportSpark(flags.source));
  }
  if (found.head) {
    if (!flags.like.empty()) ARROW_RETURN_NOT_OK(AdoptRows(flags.like, &*found.head));
    ARROW_RETURN_NOT_OK(learn::SaveHead(*found.head, store.get()));
    return found;
  }
  if (!flags.like.empty()) {
    ARROW_RETURN_NOT_OK(job::AdoptContractOf(flags.like, &*found.reducer));
  }
  ARROW_RETURN_NOT_OK(job::SaveReducer(*found.reducer, store.get(), ""));
  return found;
}

void TellHead(const learn::Head& head, const ImportFlags& flags) {
  std::printf("head  %s, %zu classes, %lld columns\n\nwritten to %s\n",
              head.target.c_str(), head.classes.size(),
              static_cast<long long>(head.dim()), flags.destination.c_str());
  std::printf(head.metadata.contains("pomona.contract")
                  ? "next: pomona predict PHOTO --head %s\n"
                  : "it takes feature rows: pomona predict RUN --head %s\n"
                    "for pictures, import it with --like RUN\n",
              flags.destination.c_str());
}

int Import(const ImportFlags& flags) {
  if (auto target = learn::ParseTarget(flags.target); !target.ok()) {
    return Fail(target.status(), kUsage);
  }
  const auto found = ImportAndSave(flags);
  if (!found.ok()) return Fail(found.status());
  if (flags.quiet) return kDone;
  if (found->head) {
    TellHead(*found->head, flags);
    return kDone;
  }
  const auto& reducer = found->reducer;
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
  auto* app = program->add_subcommand(
      "import", "a scaler and PCA of Spark or scikit-learn, or a classifier");
  auto flags = std::make_shared<ImportFlags>();
  app->add_option(
         "SRC", flags->source,
         "folder (or s3://) of a saved Spark PipelineModel or PCAModel, or a "
         "scikit-learn Pipeline, PCA or linear classifier (.joblib, .pkl, .pickle)")
      ->required();
  app->add_option("--out", flags->destination, "folder of the reducer or head")
      ->type_name("DST")
      ->required();
  app->add_option("--like", flags->like,
                  "the run, or a reducer of it, on whose rows it was fitted: its network "
                  "and preprocessing become the reducer's")
      ->type_name("RUN");
  app->add_option("--target", flags->target,
                  "of a classifier: what it answers: fruit, variety, maturity, health, "
                  "label")
      ->capture_default_str();
  app->add_flag("--overwrite", flags->overwrite, "replace a reducer that is there");
  app->add_flag("--quiet", flags->quiet, "print errors alone");
  app->footer(kExamples);
  app->callback([=] { *action = [flags] { return Import(*flags); }; });
}

}  // namespace pomona::cli
