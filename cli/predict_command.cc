// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <optional>

#include "pomona/job/run.h"
#include "pomona/learn/answers.h"
#include "pomona/learn/boxed.h"
#include "pomona/learn/fruits.h"
#include "pomona/learn/head_store.h"
#include "pomona/learn/prediction.h"

#include "annotated.h"
#include "answers_text.h"
#include "commands.h"
#include "fail.h"
#include "info.h"
#include "options.h"
#include "parse.h"
#include "picture_rows.h"
#include "scratch_folder.h"
#include "text.h"

namespace pomona::cli {
namespace {

namespace fs = std::filesystem;

constexpr char kExamples[] =
    "Examples:\n"
    "  pomona predict photo.jpg other.png                  heads that are built in\n"
    "  pomona predict basket.jpg --annotate seen/          seen/basket.jpg.svg: drawn in "
    "it\n"
    "  pomona predict basket.jpg --kinds apple,banana      nothing else is in there\n"
    "  pomona predict photo.jpg --head head/\n"
    "  pomona predict photo.jpg --head fruit               one of those that are built "
    "in\n"
    "  pomona predict photos/ --head fruit/ --head health/ --json\n"
    "  pomona predict s3://bucket/photos --head head/ --out s3://bucket/answers\n"
    "  pomona predict s3://bucket/photos --out s3://bucket/answers --engine spark \\\n"
    "      --master spark://host:7077                rows by a cluster, answers here\n"
    "  pomona predict table/ --head head/            rows of a run\n"
    "\n"
    "An answer for the picture as a whole, and with --regions fruits one for each fruit\n"
    "in it. '?' marks what is unlike the pictures of the training.\n"
    "Beside a head of the fruit, one of maturity or health says 'unknown' of fruits "
    "that\n"
    "it was not trained on.\n"
    "With --out it is a job: stopped or killed, the same command goes on.";

struct PredictFlags {
  std::vector<std::string> sources;
  std::vector<std::string> heads;
  std::string destination;
  job::Settings settings;
  job::RunOptions options;
  SparkFlags spark;
  std::optional<image::RegionSet> regions;
  std::vector<std::string> kinds;
  std::string annotated;
  bool json = false;
  bool quiet = false;
};

// Photos as named on the command line are a list; all else is a source by itself.
bool IsOneSource(const std::vector<std::string>& sources) {
  if (sources.size() != 1) return false;
  if (sources.front().find("://") != std::string::npos) return true;
  std::error_code ignored;
  if (fs::is_directory(sources.front(), ignored)) return true;
  for (const char* ending : {".txt", ".csv", ".tar", ".parquet"}) {
    if (sources.front().ends_with(ending)) return true;
  }
  return false;
}

// The list of the photos at `path`, ended by NUL: names may have any character.
Status WriteList(const std::vector<std::string>& photos, const std::string& path,
                 Typed* typed) {
  std::ofstream list(path, std::ios::binary);
  for (const auto& photo : photos) {
    std::error_code error;
    if (!fs::exists(photo, error)) return Status::IOError(photo, " is not there");
    if (fs::is_directory(photo, error)) {
      return Status::Invalid(photo, " is a folder: give one folder, or photos");
    }
    const std::string there = fs::absolute(photo).lexically_normal().string();
    (*typed)[there] = photo;
    list << there << '\0';
  }
  list.close();
  if (!list) return Status::IOError(path, " cannot be written");
  return Status::OK();
}

Result<std::vector<learn::Head>> LoadHeads(const std::vector<std::string>& locations) {
  std::vector<learn::Head> heads;
  for (const auto& location : locations) {
    ARROW_ASSIGN_OR_RAISE(heads.emplace_back(), learn::LoadHead(location));
  }
  ARROW_RETURN_NOT_OK(learn::CheckTogether(heads));
  return heads;
}

// Pictures become rows in `destination`.
Status Extract(const PredictFlags& flags, const learn::Head& head,
               const std::string& source, const std::string& destination,
               const Typed& typed) {
  job::Settings settings = flags.settings;
  ARROW_RETURN_NOT_OK(learn::AdoptHeadSettings(head, &settings));
  using image::RegionSet;
  const bool fruits = flags.heads.empty() || learn::IsBoxed(head);
  settings.regions =
      flags.regions.value_or(fruits ? RegionSet::kFruits : RegionSet::kPhoto);
  const bool silent = flags.quiet || flags.json || !typed.empty();
  return ExtractRows(source, destination, settings, flags.options,
                     silent ? Show::kQuiet : Show::kAuto, typed, flags.spark);
}

// What workers elsewhere need: a place for the rows that they see too.
Status CheckCluster(const PredictFlags& flags) {
  ARROW_RETURN_NOT_OK(CheckSpark(flags.spark, flags.options));
  if (flags.spark.engine != "spark" || !flags.destination.empty()) return Status::OK();
  return Status::Invalid(
      "--engine spark needs --out: a folder that the workers share, or s3://...");
}

Status Annotate(const PredictFlags& flags, const std::vector<learn::Head>& heads,
                const AnswerTables& tables, const std::string& pictures,
                const Typed& typed) {
  if (flags.annotated.empty()) return Status::OK();
  if (pictures.empty()) {
    return Status::Invalid("--annotate draws on photos, and ", flags.sources.front(),
                           " holds rows: give the photos");
  }
  ARROW_ASSIGN_OR_RAISE(
      const int64_t count,
      WriteAnnotated(tables, heads, pictures, flags.settings, flags.annotated, typed));
  if (!flags.quiet && !flags.json) {
    std::fprintf(stderr, "annotated: %lld photos in %s\n", static_cast<long long>(count),
                 flags.annotated.c_str());
  }
  return Status::OK();
}

Status Predict(const PredictFlags& flags) {
  std::vector<std::string> locations = flags.heads;
  if (locations.empty()) {
    ARROW_ASSIGN_OR_RAISE(locations, learn::BuiltInHeads());
  }
  ARROW_ASSIGN_OR_RAISE(auto heads, LoadHeads(locations));
  if (flags.heads.empty() && !flags.quiet && !flags.json) {
    ARROW_ASSIGN_OR_RAISE(const std::string text, HeadsText(heads));
    std::fprintf(stderr, "heads: %s; built in, --head names others\n", text.c_str());
  }
  ARROW_RETURN_NOT_OK(learn::NarrowTo(flags.kinds, &heads));
  const ScratchFolder scratch("predict");  // for rows that nobody asked to keep
  if (scratch.path().empty()) {
    return Status::IOError("no folder can be made in ",
                           fs::temp_directory_path().string(), "; set TMPDIR");
  }
  Typed typed;
  std::string rows = flags.sources.front();
  std::string pictures;
  if (flags.sources.size() > 1 || !HoldsRows(rows)) {
    std::string source = rows;
    if (!IsOneSource(flags.sources)) {
      source = scratch.path() + "/photos.txt";
      ARROW_RETURN_NOT_OK(WriteList(flags.sources, source, &typed));
    }
    rows = flags.destination.empty() ? scratch.path() + "/rows" : flags.destination;
    ARROW_RETURN_NOT_OK(Extract(flags, heads.front(), source, rows, typed));
    pictures = source;
  }
  ARROW_ASSIGN_OR_RAISE(const auto tables, learn::AnswerTables(heads, rows));
  ARROW_RETURN_NOT_OK(Annotate(flags, heads, tables, pictures, typed));
  if (flags.destination.empty()) return ShowAnswers(tables, heads, flags.json, typed);
  ARROW_RETURN_NOT_OK(learn::SaveAnswers(tables, heads, flags.destination));
  if (flags.json) return ShowAnswers(tables, heads, flags.json, typed);
  if (!flags.quiet) {
    std::printf("answers  %s/answers/*.parquet, %s/answers.csv\n",
                flags.destination.c_str(), flags.destination.c_str());
  }
  return Status::OK();
}

int Run(const PredictFlags& flags) {
  if (const Status usage = CheckCluster(flags); !usage.ok()) return Fail(usage, kUsage);
  const Status status = Predict(flags);
  return status.ok() ? kDone : Fail(status);
}

}  // namespace

void AddPredict(CLI::App* program, Action* action) {
  auto* app = program->add_subcommand("predict", "photos in, answers out");
  auto flags = std::make_shared<PredictFlags>();
  app->add_option("SRC", flags->sources,
                  "photos; or one source as for run; or a run's folder")
      ->required();
  app->add_option("--head", flags->heads,
                  "folder or file of a head, or fruit, variety, maturity, health: those "
                  "that are built in; several may answer")
      ->type_name("HEAD")
      ->default_str("fruit, variety, maturity, health: built in");
  app->add_option("--out", flags->destination,
                  "keep rows and answers there: a folder or s3://BUCKET/PREFIX")
      ->type_name("DST");
  AddParsed(app, "--regions", &flags->regions, ParseRegions,
            "fruits without --head and with one of train --boxes, else photo", "SET",
            "photo: an answer a picture; fruits: one for each fruit in it as well");
  app->add_option("--kinds", flags->kinds, "the only kinds that may be the answer")
      ->delimiter(',')
      ->type_name("KIND,...");
  app->add_option("--annotate", flags->annotated,
                  "draw boxes and answers on copies of the photos (SVG), there")
      ->type_name("FOLDER");
  AddSourceOptions(app, &flags->settings);
  AddNetworkFiles(app, &flags->settings.backbone);
  app->add_option("--threads", flags->options.threads, "0: all cores")
      ->capture_default_str();
  AddSparkOptions(app, &flags->spark, &flags->options);
  auto* json =
      app->add_flag("--json", flags->json, "print a line of JSON for each picture");
  app->add_flag("--quiet", flags->quiet, "print answers and errors alone")
      ->excludes(json);
  app->footer(kExamples);
  app->callback([=] { *action = [flags] { return Run(*flags); }; });
}

}  // namespace pomona::cli
