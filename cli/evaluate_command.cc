// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <memory>

#include "pomona/learn/evaluation.h"
#include "pomona/learn/head_store.h"
#include "pomona/learn/prediction.h"
#include "pomona/learn/report.h"
#include "pomona/store/byte_store.h"

#include "commands.h"
#include "fail.h"
#include "figures_text.h"
#include "info.h"
#include "picture_rows.h"
#include "scratch_folder.h"
#include "text.h"

namespace pomona::cli {
namespace {

constexpr char kExamples[] =
    "Examples:\n"
    "  pomona evaluate test-photos/ --head head/\n"
    "  pomona evaluate test-table/ --head head/             rows of a run\n"
    "  pomona evaluate test-table/ --head head/ --json > figures.json\n"
    "  pomona evaluate test-table/ --head head/ --html report.html --csv figures/\n"
    "  pomona evaluate test-table/ --head head/ --training table/ --group-by '(r\\d*)_'\n"
    "\n"
    "Pictures of fruit that the head was trained on flatter it: with --training, the "
    "rows "
    "that\n"
    "it was trained on, they are told apart: those of a group of the training "
    "(--group-by), and\n"
    "near-copies (--near).";

struct EvaluateFlags {
  std::string source;
  std::string head;
  learn::EvaluateOptions options;
  job::Settings settings;
  std::string rows;
  std::string html;
  std::string csv;
  bool json = false;
  bool overwrite = false;
};

std::string SpecimenLine(const std::optional<learn::Figures>& figures) {
  if (!figures) return "no picture";
  return Count(figures->rows, "picture") + ", accuracy " + Percent(figures->accuracy) +
         ", macro F1 " + Percent(figures->macro_f1);
}

std::string SpecimensText(const learn::SpecimenFigures& split) {
  std::string text;
  if (split.same) {
    text = "\nwarning: " + Count(split.same->rows, "picture") +
           " show specimens of the training (" + Count(split.by_group) + " by group, " +
           Count(split.near) + " near-copies): the figures above flatter the head\n";
  }
  return text + Field("same", SpecimenLine(split.same)) +
         Field("other", SpecimenLine(split.other));
}

void Print(const learn::Evaluation& found, const learn::Head& head) {
  std::string text =
      Field("head", head.target + ", " +
                        Count(static_cast<int64_t>(head.classes.size())) + " classes") +
      FiguresText(found.figures, head.coverage);
  if (found.other > 0) {
    text +=
        Field("others", Count(found.other, "picture") +
                            " of classes that the head does not have; it does not know " +
                            Percent(found.other_unknown) + " of them");
  }
  if (found.left_out > 0) {
    text += Field("left out", Count(found.left_out, "picture") +
                                  " whose label does not tell the " + head.target);
  }
  if (found.specimens) text += SpecimensText(*found.specimens);
  text += "\n" + ClassesText(found.figures);
  std::fputs(text.c_str(), stdout);
}

// Writes `text` to the file or object at `path`.
Status Write(const std::string& path, const std::string& text, bool overwrite) {
  const size_t slash = path.find_last_of('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const std::string name = slash == std::string::npos ? path : path.substr(slash + 1);
  if (name.empty()) return Status::Invalid(path, " is a folder: name a file in it");
  ARROW_ASSIGN_OR_RAISE(const auto store, store::OpenByteStore(folder));
  ARROW_ASSIGN_OR_RAISE(const bool taken, store->Exists(name));
  if (taken && !overwrite) {
    return Status::AlreadyExists(path,
                                 " is there already\nhint: another name, or "
                                 "--overwrite");
  }
  return store->Put(name, text);
}

Status WriteFiles(const learn::Evaluation& found, const learn::Head& head,
                  const EvaluateFlags& flags) {
  if (!flags.html.empty()) {
    ARROW_RETURN_NOT_OK(Write(
        flags.html, learn::EvaluationHtml(found, head, flags.source), flags.overwrite));
  }
  if (flags.csv.empty()) return Status::OK();
  ARROW_RETURN_NOT_OK(
      Write(flags.csv + "/classes.csv", found.figures.ClassesCsv(), flags.overwrite));
  return Write(flags.csv + "/confusion.csv", found.figures.ConfusionCsv(),
               flags.overwrite);
}

// Pictures are made rows as the head's training was.
Result<learn::Evaluation> Evaluate(const learn::Head& head, const EvaluateFlags& flags) {
  if (HoldsRows(flags.source)) return learn::Evaluate(head, flags.source, flags.options);
  const ScratchFolder scratch("evaluate");
  job::Settings settings = flags.settings;
  ARROW_RETURN_NOT_OK(learn::AdoptHeadSettings(head, &settings));
  const Show show = flags.json ? Show::kQuiet : Show::kAuto;
  ARROW_ASSIGN_OR_RAISE(const std::string rows,
                        RowsOf(flags.source, flags.rows, scratch.path(), settings, show));
  auto found = learn::Evaluate(head, rows, flags.options);
  if (!found.ok()) return ToldOf(flags.source, rows, found.status());
  return found;
}

int Run(const EvaluateFlags& flags) {
  auto head = learn::LoadHead(flags.head);
  if (!head.ok()) return Fail(head.status());
  auto found = Evaluate(*head, flags);
  if (!found.ok()) return Fail(found.status());
  if (flags.json) {
    std::fputs(found->ToJson().c_str(), stdout);
  } else {
    Print(*found, *head);
  }
  const Status written = WriteFiles(*found, *head, flags);
  return written.ok() ? kDone : Fail(written);
}

}  // namespace

void AddEvaluate(CLI::App* program, Action* action) {
  auto* app = program->add_subcommand("evaluate", "how good a head is on other pictures");
  auto flags = std::make_shared<EvaluateFlags>();
  app->add_option("SRC", flags->source,
                  "pictures as for run, in folders that say what they are; or a run's "
                  "folder, or its feature files")
      ->required();
  app->add_option("--head", flags->head,
                  "folder or file of a head, or fruit, variety, maturity, health: those "
                  "that are built in")
      ->type_name("HEAD")
      ->required();
  app->add_option("--taxonomy", flags->options.labels.taxonomy,
                  "CSV that says what labels mean (built in: Fruits-360 and shop photos)")
      ->type_name("CSV");
  app->add_option(
         "--training", flags->options.training,
         "the rows that the head was trained on: tells same from other specimens")
      ->type_name("TABLE");
  app->add_option("--group-by", flags->options.labels.group_by,
                  "pictures of a class with the same first group of this match show one "
                  "specimen")
      ->type_name("REGEX");
  app->add_option("--near", flags->options.specimens.near_cosine,
                  "rows of a class with this cosine show one specimen; 1: copies alone")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  app->add_option("--rows", flags->rows,
                  "of pictures: keep their rows there, a folder or s3://BUCKET/PREFIX")
      ->type_name("DST");
  AddSourceOptions(app, &flags->settings);
  AddNetworkFiles(app, &flags->settings.backbone);
  app->add_option("--html", flags->html, "write a page with figures and pictures")
      ->type_name("FILE");
  app->add_option("--csv", flags->csv, "write classes.csv and confusion.csv there")
      ->type_name("FOLDER");
  app->add_flag("--overwrite", flags->overwrite, "replace files that are there");
  app->add_flag("--json", flags->json, "print the figures as JSON");
  app->footer(kExamples);
  app->callback([=] { *action = [flags] { return Run(*flags); }; });
}

}  // namespace pomona::cli
