// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <optional>

#include <nlohmann/json.hpp>

#include "pomona/learn/box_file.h"
#include "pomona/learn/head_store.h"
#include "pomona/learn/labelled.h"
#include "pomona/learn/scope.h"
#include "pomona/store/byte_store.h"

#include "commands.h"
#include "fail.h"
#include "info.h"
#include "parse.h"
#include "picture_rows.h"
#include "scratch_folder.h"
#include "train.h"

namespace pomona::cli {
namespace {

constexpr char kExamples[] =
    "Examples:\n"
    "  pomona train photos/ --out head/ --model lite0       folders of photos\n"
    "  pomona train photos/ --out head/ --model lite0 --input-size 320 --pool avg \\\n"
    "      --layer stage5,stage7,feat --views seven --root --l2     for photos of shops\n"
    "  pomona train frames/ --out head/ --model lite0 --augment shelf --root --l2\n"
    "                                        frames on white, for photos of shops\n"
    "  pomona train photos/ --boxes boxes.csv --out head/ --model lite0 --root --l2\n"
    "                                        several fruits in a photo, of which you "
    "say\n"
    "                                        where and what they are\n"
    "  pomona extract photos/ --out table/\n"
    "  pomona train table/ --target fruit --out head/       folders that Pomona knows\n"
    "  pomona train table/ --target label --out head/       the folders' own names\n"
    "  pomona train table/ --method softmax --out head/     slower, better with many "
    "pictures\n"
    "  pomona train table/ --target health --taxonomy mine.csv --out health/\n"
    "  pomona train table/ --target variety --group-by '(r\\d*)_\\d+' --out head/\n"
    "\n"
    "A taxonomy is CSV: label, fruit, variety, maturity (unripe, ripe, overripe), "
    "health\n"
    "(healthy, damaged, rotten, diseased); what a label does not tell stays empty, and "
    "its\n"
    "pictures are left out. Figures are of pictures that were held out group by group:\n"
    "--group-by names the part of a path that tells one fruit, or one visit, from "
    "another.";

// Copies of the pictures on other backgrounds, with a line of progress.
Status Augment(const TrainFlags& flags, const job::Settings& settings,
               learn::Labelled* labelled) {
  if (HoldsRows(flags.source)) {
    return Status::Invalid(
        "--augment works on pictures, and ", flags.source,
        " holds rows\nhint: give the pictures; --rows keeps their rows");
  }
  learn::AugmentOptions options = flags.shelf;
  const bool tells = !flags.json && !flags.quiet && isatty(fileno(stderr)) != 0;
  if (tells) {
    options.progress = [](int64_t done, int64_t of) {
      std::fprintf(stderr, "\raugment %lld of %lld%s", static_cast<long long>(done),
                   static_cast<long long>(of), done == of ? "\n" : "");
    };
  }
  return learn::AddAugmented(flags.source, settings, options, labelled);
}

void KeepAugment(const TrainFlags& flags, learn::Head* head) {
  if (flags.augment == "none") return;
  head->metadata["augment"] =
      flags.augment + ", " + std::to_string(flags.shelf.copies) + " copies, seed " +
      std::to_string(flags.shelf.seed) +
      (flags.shelf.backgrounds.empty() ? ", drawn backgrounds" : ", own backgrounds");
}

// The rows of `source` with their labels, or with those that boxes give them.
Result<learn::Labelled> ReadRows(const std::string& source, const TrainFlags& flags,
                                 const learn::Boxes& boxes,
                                 std::optional<learn::Boxed>* boxed) {
  if (boxes.empty()) return learn::ReadLabelled(source, flags.labels);
  ARROW_ASSIGN_OR_RAISE(*boxed, learn::ReadBoxed(source, boxes));
  return std::move((*boxed)->labelled);
}

Result<Trained> Train(const TrainFlags& flags) {
  ARROW_ASSIGN_OR_RAISE(auto store, store::OpenByteStore(flags.destination));
  ARROW_ASSIGN_OR_RAISE(const bool taken, store->Exists(learn::kHeadName));
  if (taken && !flags.overwrite) {
    return Status::AlreadyExists(flags.destination, " holds a head already",
                                 "\nhint: another folder, or --overwrite");
  }
  const ScratchFolder scratch("train");
  std::string source = flags.source;
  job::Settings settings = flags.pictures.settings;
  learn::Boxes boxes;
  if (!flags.boxes.empty()) {
    ARROW_ASSIGN_OR_RAISE(boxes, learn::ReadBoxes(flags.boxes));
    settings.regions = image::RegionSet::kFruits;
  }
  ARROW_ASSIGN_OR_RAISE(settings.normalization, flags.pictures.normalize.Resolve());
  if (!HoldsRows(source)) {
    const Show show = flags.json || flags.quiet ? Show::kQuiet : Show::kAuto;
    ARROW_ASSIGN_OR_RAISE(source, RowsOf(flags.source, flags.pictures.rows,
                                         scratch.path(), settings, show));
  }
  Trained out;
  auto read = ReadRows(source, flags, boxes, &out.boxed);
  if (!read.ok()) return ToldOf(flags.source, source, read.status());
  learn::Labelled labelled = *std::move(read);
  const int64_t pictures = labelled.rows.count();
  if (flags.augment != "none") {
    ARROW_RETURN_NOT_OK(Augment(flags, settings, &labelled));
  }
  learn::TrainOptions options = flags.train;
  ARROW_ASSIGN_OR_RAISE(options.form.parts,
                        learn::PartsOf(labelled.metadata, labelled.rows.dim));
  out.pictures = pictures;
  out.copies = labelled.rows.count() - pictures;
  out.left_out = labelled.left_out_rows();
  out.labels_left_out = labelled.left_out.size();
  const auto fruits = learn::FruitsToldApart(labelled, flags.labels.target);
  const std::string fruits_of = learn::FruitsOfWords(labelled, flags.labels.target);
  const nlohmann::json data = {{"rows", labelled.rows.count()},
                               {"sha256", learn::Sha256Of(labelled.rows)}};
  ARROW_ASSIGN_OR_RAISE(out.training, learn::Train(std::move(labelled.rows), options));
  learn::Head& head = out.training.head;
  head.target = learn::TargetName(flags.labels.target);
  learn::CarryContract(labelled.metadata, &head);
  learn::KeepScope(fruits, &head);
  if (!fruits_of.empty()) head.metadata["fruits_of"] = fruits_of;
  if (out.boxed) learn::KeepBoxed(*out.boxed, &head);
  KeepAugment(flags, &head);
  std::vector<learn::Answer> answers;
  const learn::Scored& held = out.training.held_out;
  for (int64_t i = 0; i < held.rows(); ++i) {
    answers.push_back(
        head.AnswerFor(held.row(i), out.training.held_distances[static_cast<size_t>(i)]));
  }
  ARROW_ASSIGN_OR_RAISE(out.figures, learn::Measure(head.classes, answers, held.truth));
  head.metadata["held_out"] = out.figures.ToJson();
  head.metadata["data"] = data.dump();
  head.metadata["balance"] = flags.train.balance ? "yes" : "no";
  head.metadata["group_by"] = out.boxed                       ? "photo"
                              : flags.labels.group_by.empty() ? "neighbours"
                                                              : flags.labels.group_by;
  ARROW_RETURN_NOT_OK(learn::SaveHead(head, store.get()));
  return out;
}

// --method, with --shrinkage or --penalty, to the options.
Status ReadMethod(TrainFlags* flags) {
  ARROW_ASSIGN_OR_RAISE(flags->train.method, learn::ParseMethod(flags->method));
  const bool lda = flags->train.method == learn::Method::kLda;
  if ((lda ? flags->penalty : flags->shrinkage) != "auto") {
    return Status::Invalid(
        lda ? "--penalty is for --method softmax; lda has --shrinkage"
            : "--shrinkage is for --method lda; softmax has --penalty");
  }
  const std::string& strength = lda ? flags->shrinkage : flags->penalty;
  if (strength == "auto") return Status::OK();
  ARROW_ASSIGN_OR_RAISE(flags->train.strength, ParseShare(strength));
  return Status::OK();
}

// What goes with --boxes.
Status CheckBoxes(TrainFlags* flags) {
  if (flags->target.empty()) flags->target = flags->boxes.empty() ? "fruit" : "label";
  if (flags->boxes.empty()) return Status::OK();
  if (flags->target != "label") {
    return Status::Invalid("--boxes have labels of their own: leave --target ",
                           flags->target, " out");
  }
  if (flags->augment != "none") {
    return Status::Invalid(
        "--augment copies pictures of one fruit; with --boxes there are several in each");
  }
  if (!flags->labels.group_by.empty()) {
    return Status::Invalid("--boxes hold out photo by photo: leave --group-by out");
  }
  return Status::OK();
}

int Run(TrainFlags flags) {
  if (auto status = CheckBoxes(&flags); !status.ok()) return Fail(status, kUsage);
  auto target = learn::ParseTarget(flags.target);
  if (!target.ok()) return Fail(target.status(), kUsage);
  flags.labels.target = *target;
  auto coverage = ParseShare(flags.coverage);
  if (!coverage.ok()) return Fail(coverage.status(), kUsage);
  flags.train.coverage = *coverage;
  if (auto status = ReadMethod(&flags); !status.ok()) return Fail(status, kUsage);
  if (auto status = flags.train.Validate(); !status.ok()) return Fail(status, kUsage);
  if (auto status = flags.shelf.Validate(); !status.ok()) return Fail(status, kUsage);
  auto trained = Train(flags);
  if (!trained.ok()) return Fail(trained.status());
  if (flags.json) {
    std::fputs(trained->figures.ToJson().c_str(), stdout);
  } else if (!flags.quiet) {
    std::fputs(TrainedText(*trained, flags).c_str(), stdout);
  }
  return kDone;
}

}  // namespace

void AddTrain(CLI::App* program, Action* action) {
  auto* app =
      program->add_subcommand("train", "pictures or feature rows to a head that answers");
  auto flags = std::make_shared<TrainFlags>();
  app->add_option("SRC", flags->source,
                  "pictures as for run, in folders that say what they are; or a run's "
                  "folder, or its feature files")
      ->required();
  app->add_option("--target", flags->target,
                  "what it answers: fruit, variety, maturity, health or label")
      ->default_str("fruit, with --boxes label");
  app->add_option("--boxes", flags->boxes,
                  "where fruits are in the photos, and what they are: CSV "
                  "(path,label,left,top,right,bottom in pixels) or COCO's JSON; the head "
                  "finds the like in other photos. Box every fruit of a photo: what has "
                  "none there is learned as no fruit")
      ->type_name("FILE");
  app->add_option("--out", flags->destination, "folder of the head")
      ->type_name("HEAD")
      ->required();
  app->add_option("--taxonomy", flags->labels.taxonomy,
                  "CSV that says what labels mean (built in: Fruits-360 and shop photos)")
      ->type_name("CSV");
  app->add_option(
         "--group-by", flags->labels.group_by,
         "pictures with the same first group of this match are held out together "
         "(without it: runs of neighbours by name)")
      ->type_name("REGEX");
  app->add_option("--method", flags->method,
                  "lda (shrinkage LDA: seconds) or softmax (multinomial logistic "
                  "regression: minutes)")
      ->capture_default_str();
  app->add_option("--shrinkage", flags->shrinkage,
                  "of lda's covariance, above 0 and up to 1; auto: by cross-validation")
      ->capture_default_str();
  app->add_option("--penalty", flags->penalty,
                  "on the squares of softmax's weights, above 0 and up to 1; auto: by "
                  "cross-validation")
      ->capture_default_str();
  app->add_flag("--balance,!--no-balance", flags->train.balance,
                "classes weigh the same, however many pictures they have (default)");
  app->add_flag("--root", flags->train.form.root, "take square roots of the rows first");
  app->add_flag("--l2", flags->train.form.normalize,
                "bring each layer's part of the rows (and the colour) to length 1 first");
  app->add_option("--augment", flags->augment,
                  "shelf: of each picture copies too, the fruit cut from its plain "
                  "background and laid on others, alone or piled, in another light")
      ->type_name("none|shelf")
      ->check(CLI::IsMember({"none", "shelf"}).description(""))
      ->capture_default_str();
  app->add_option("--copies", flags->shelf.copies, "of each picture by --augment")
      ->capture_default_str();
  app->add_option("--augment-seed", flags->shelf.seed, "of what --augment does")
      ->capture_default_str();
  app->add_option(
         "--backgrounds", flags->shelf.backgrounds,
         "folder of pictures for --augment to lay fruit on (without: drawn ones)")
      ->type_name("DIR");
  app->add_option("--coverage", flags->coverage,
                  "how often the candidates shall hold the truth")
      ->capture_default_str();
  app->add_option("--folds", flags->train.folds, "of the cross-validation, 2 to 20")
      ->capture_default_str();
  app->add_flag("--overwrite", flags->overwrite, "replace a head that is there");
  auto* json = app->add_flag("--json", flags->json, "print the figures as JSON");
  app->add_flag("--quiet", flags->quiet, "print errors alone")->excludes(json);
  AddPictureRows(app, &flags->pictures);
  app->footer(kExamples);
  app->callback([=] { *action = [flags] { return Run(*flags); }; });
}

}  // namespace pomona::cli
