// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <memory>

#include "pomona/learn/evaluation.h"
#include "pomona/learn/head_store.h"

#include "commands.h"
#include "fail.h"
#include "figures_text.h"
#include "info.h"
#include "text.h"

namespace pomona::cli {
namespace {

constexpr char kExamples[] =
    "Examples:\n"
    "  pomona evaluate test-table/ --head head/\n"
    "  pomona evaluate test-table/ --head head/ --json > figures.json\n"
    "\n"
    "Pictures of fruit that the head was trained on flatter it: the figures tell most "
    "for\n"
    "other specimens and other days.";

struct EvaluateFlags {
  std::string source;
  std::string head;
  learn::LabelOptions labels;
  bool json = false;
};

void Print(const learn::Evaluation& found, const learn::Head& head) {
  std::string text =
      Field("head", head.target + ", " +
                        Count(static_cast<int64_t>(head.classes.size())) + " classes") +
      FiguresText(found.figures, head.coverage);
  if (found.other > 0) {
    text +=
        Field("other", Count(found.other, "picture") +
                           " of classes that the head does not have; it does not know " +
                           Percent(found.other_unknown) + " of them");
  }
  if (found.left_out > 0) {
    text += Field("left out", Count(found.left_out, "picture") +
                                  " whose label does not tell the " + head.target);
  }
  text += "\n" + ClassesText(found.figures);
  std::fputs(text.c_str(), stdout);
}

int Run(const EvaluateFlags& flags) {
  auto head = learn::LoadHead(flags.head);
  if (!head.ok()) return Fail(head.status());
  auto found = learn::Evaluate(*head, flags.source, flags.labels);
  if (!found.ok()) return Fail(found.status());
  if (flags.json) {
    std::fputs(found->figures.ToJson().c_str(), stdout);
  } else {
    Print(*found, *head);
  }
  return kDone;
}

}  // namespace

void AddEvaluate(CLI::App* program, Action* action) {
  auto* app = program->add_subcommand("evaluate", "how good a head is on other pictures");
  auto flags = std::make_shared<EvaluateFlags>();
  app->add_option("TABLE", flags->source, "a run's folder, or its feature files")
      ->required();
  app->add_option("--head", flags->head, "folder or file of a head")
      ->type_name("HEAD")
      ->required();
  app->add_option("--taxonomy", flags->labels.taxonomy,
                  "CSV that says what labels mean (built in: Fruits-360 and shop photos)")
      ->type_name("CSV");
  app->add_flag("--json", flags->json, "print the figures as JSON");
  app->footer(kExamples);
  app->callback([=] { *action = [flags] { return Run(*flags); }; });
}

}  // namespace pomona::cli
