// SPDX-License-Identifier: Apache-2.0
#include "train_rows.h"

#include "info.h"
#include "interrupt.h"

namespace pomona::cli {

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

Result<std::string> RowsOf(const std::string& source, const PictureFlags& flags,
                           const std::string& scratch, Show show) {
  if (HoldsRows(source)) return source;
  if (scratch.empty() && flags.rows.empty()) {
    return Status::IOError("no scratch folder can be made; set TMPDIR, or give --rows");
  }
  job::Settings settings = flags.settings;
  settings.reduce = false;
  ARROW_ASSIGN_OR_RAISE(settings.normalization, flags.normalize.Resolve());
  const std::string rows = flags.rows.empty() ? scratch + "/rows" : flags.rows;
  Interrupt interrupt;
  const auto sink = MakeProgressSink(show, stderr, stderr);
  job::RunOptions options = flags.options;
  options.stop = interrupt.token();
  options.sink = sink.get();
  ARROW_RETURN_NOT_OK(job::Run(source, rows, settings, options).status());
  return rows;
}

}  // namespace pomona::cli
