// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <memory>

#include "pomona/base/cpu.h"
#include "pomona/engine/choice.h"
#include "pomona/engine/measure.h"
#include "pomona/model/backbone.h"

#include "bench_report.h"
#include "commands.h"
#include "fail.h"
#include "interrupt.h"
#include "machine.h"
#include "terminal.h"

namespace pomona::cli {
namespace {

constexpr char kExamples[] =
    "Examples:\n"
    "  pomona bench                                 VGG16, as `pomona run` computes it\n"
    "  pomona bench --model lite0 --seconds 2\n"
    "  pomona bench --model mine.onnx --json\n"
    "  pomona bench --seconds 20 --record benchmarks/results/engines.json\n"
    "                                               for who builds Pomona: then\n"
    "                                               benchmarks/engines.py, and build";

struct BenchFlags {
  model::BackboneOptions backbone;
  engine::MeasureOptions measure;
  std::string record;
  bool json = false;
};

// The table of choice.cc is of these networks as they are.
Status CheckRecordable(const model::BackboneOptions& asked) {
  const bool known = asked.model == "vgg16" || asked.model == "lite0";
  if (!known || asked.weights != "imagenet" || asked.input_height != 0 ||
      !asked.layer.empty() || asked.pool != model::Pool::kNone) {
    return Status::Invalid(
        "--record takes --model vgg16 and lite0 as they are: without --weights, "
        "--input-size, --layer and --pool");
  }
  // The library does not obey it: its figures would be another class's.
  if (std::getenv("POMONA_MAX_ISA") != nullptr) {
    return Status::Invalid("--record with POMONA_MAX_ISA set: OpenVINO does not obey it",
                           "\nhint: unset it");
  }
  return Status::OK();
}

double OwnSeconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

double Elapsed(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

// One line that is written over, where someone looks.
void ShowDoing(const std::string& doing) {
  if (!IsTerminal(fileno(stderr))) return;
  std::fprintf(stderr, "\r\x1b[K%s", doing.c_str());
  std::fflush(stderr);
}

Result<BenchReport> MeasureHere(const BenchFlags& flags) {
  ARROW_ASSIGN_OR_RAISE(const auto backbone, model::LoadBackbone(flags.backbone));
  const CpuClass cpu = DetectCpu();
  BenchReport report;
  report.cpu = cpu.ToString();
  report.model = flags.backbone.model;
  report.weights = backbone.weights.source;
  report.cores = AffinityCores();
  ARROW_ASSIGN_OR_RAISE(report.chosen,
                        engine::ExplainChoice({}, backbone.not_stack, cpu));
  Interrupt interrupt;
  engine::MeasureOptions options = flags.measure;
  options.stop = interrupt.token();
  const auto begin = std::chrono::steady_clock::now();
  const double busy = BusySeconds();
  const double own = OwnSeconds();
  auto timings = engine::Measure(
      backbone, engine::PossibleChoices(backbone.not_stack, cpu), options, ShowDoing);
  ShowDoing("");
  ARROW_ASSIGN_OR_RAISE(report.timings, std::move(timings));
  report.others =
      std::max(0.0, (BusySeconds() - busy - (OwnSeconds() - own)) / Elapsed(begin));
  return report;
}

std::string Today() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  std::array<char, 16> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%d", &utc);
  return text.data();
}

Status BenchAndTell(const BenchFlags& flags) {
  nlohmann::json records;
  if (!flags.record.empty()) {  // before time is spent
    ARROW_ASSIGN_OR_RAISE(records, ReadRecords(flags.record));
  }
  ARROW_ASSIGN_OR_RAISE(const BenchReport report, MeasureHere(flags));
  if (!flags.record.empty()) {
    records = WithRecord(std::move(records), report, Today());
    ARROW_RETURN_NOT_OK(RecordIn(flags.record, records));
  }
  std::string text = BenchText(report);
  if (!flags.record.empty()) text += "recorded in " + flags.record + "\n";
  if (flags.json) {
    text =
        BenchJson(report).dump(2, ' ', false, nlohmann::json::error_handler_t::replace) +
        "\n";
  }
  std::fputs(text.c_str(), stdout);
  return Status::OK();
}

int Bench(const BenchFlags& flags) {
  if (!flags.record.empty()) {
    const Status recordable = CheckRecordable(flags.backbone);
    if (!recordable.ok()) return Fail(recordable, kUsage);
  }
  const Status done = BenchAndTell(flags);
  return done.ok() ? kDone : Fail(done);
}

}  // namespace

void AddBench(CLI::App* program, Action* action) {
  auto* app = program->add_subcommand(
      "bench", "how fast this machine runs a network, each way that it can");
  auto flags = std::make_shared<BenchFlags>();
  AddNetworkOptions(app, &flags->backbone);
  app->add_option("--seconds", flags->measure.seconds,
                  "of each engine and precision for batches, in five turns; half as long "
                  "again for one picture at a time")
      ->type_name("S")
      ->check(CLI::Range(0.01, 3600.0).description(""))
      ->capture_default_str();
  app->add_option(
         "--record", flags->record,
         "put what was measured of this kind of CPU into a file (JSON), in place "
         "of what it had")
      ->type_name("FILE");
  app->add_flag("--json", flags->json, "as JSON");
  app->footer(kExamples);
  app->callback([=] { *action = [flags] { return Bench(*flags); }; });
}

}  // namespace pomona::cli
