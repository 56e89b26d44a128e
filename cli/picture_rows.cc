// SPDX-License-Identifier: Apache-2.0
#include "picture_rows.h"

#include <algorithm>
#include <cstdio>

#include "interrupt.h"
#include "report.h"
#include "text.h"

namespace pomona::cli {
namespace {

constexpr size_t kTold = 10;

}  // namespace

void AddPictureRows(CLI::App* app, PictureFlags* flags) {
  app->add_option(
         "--rows", flags->rows,
         "of pictures: keep their rows there, a folder or s3://BUCKET/PREFIX; the "
         "next training on them, or another head, starts from it")
      ->type_name("DST");
  AddSourceOptions(app, &flags->settings);
  AddPictureOptions(app, &flags->settings, &flags->normalize);
  AddNetworkOptions(app, &flags->settings.backbone);
  AddEngineOptions(app, &flags->settings.precision, &flags->settings.backend);
}

Status ExtractRows(const std::string& source, const std::string& destination,
                   const job::Settings& settings, const job::RunOptions& options,
                   Show show, const Typed& typed, const SparkFlags& spark) {
  Interrupt interrupt;
  auto sink = MakeProgressSink(show, stderr, stderr);
  job::RunOptions run = options;
  run.stop = interrupt.token();
  run.sink = sink.get();
  run.max_bad = 1;  // each is told, and nothing is fitted that it could spoil
  auto report = spark.engine == "spark"
                    ? RunOnSpark(source, destination, settings, run, spark)
                    : job::Run(source, destination, settings, run);
  sink.reset();
  const auto rejects = FirstRejects(destination, kTold + 1);
  for (size_t i = 0; i < std::min(kTold, rejects.size()); ++i) {
    std::fprintf(stderr, "pomona: %s: %s\n", TypedName(rejects[i].path, typed).c_str(),
                 Printable(rejects[i].message).c_str());
  }
  if (rejects.size() > kTold) {
    std::fputs("pomona: and more that cannot be used\n", stderr);
  }
  if (!report.ok() && report.status().IsInvalid() && !rejects.empty()) {
    return Status::Invalid("no picture could be used");  // the job names a scratch folder
  }
  return report.status();
}

Result<std::string> RowsOf(const std::string& source, const std::string& rows,
                           const std::string& scratch, const job::Settings& settings,
                           Show show) {
  if (scratch.empty() && rows.empty()) {
    return Status::IOError("no scratch folder can be made; set TMPDIR");
  }
  const std::string folder = rows.empty() ? scratch + "/rows" : rows;
  job::Settings extract = settings;
  extract.reduce = false;
  ARROW_RETURN_NOT_OK(ExtractRows(source, folder, extract, {}, show));
  return folder;
}

Status ToldOf(const std::string& source, const std::string& rows, const Status& status) {
  std::string message = status.message();
  const size_t at = message.find(rows);
  if (status.ok() || at == std::string::npos) return status;
  return status.WithMessage(message.replace(at, rows.size(), source));
}

}  // namespace pomona::cli
