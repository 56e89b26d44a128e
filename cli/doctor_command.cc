// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <memory>
#include <vector>

#include <arrow/config.h>
#include <arrow/util/config.h>
#include <nlohmann/json.hpp>
#include <oneapi/tbb/version.h>

#include "pomona/base/asset.h"
#include "pomona/base/cpu.h"
#include "pomona/engine/choice.h"
#include "pomona/engine/feature_extractor.h"
#include "pomona/image/image.h"
#include "pomona/model/backbone.h"
#include "pomona/store/s3/diagnose.h"
#include "pomona/store/s3/location.h"

#include "commands.h"
#include "fail.h"
#include "machine.h"
#include "text.h"

namespace pomona::cli {
namespace {

constexpr char kExamples[] =
    "Examples:\n"
    "  pomona doctor            CPU, memory, libraries, weights\n"
    "  pomona doctor out/       and whether a run could write there\n"
    "  pomona doctor s3://fruits/2026/    and what of a bucket can be reached\n"
    "  pomona doctor s3://fruits/a.tar    what an object is, and can it be read";

constexpr int64_t kNeededMemory = 1'500'000'000;
constexpr int64_t kNeededSpace = 1'000'000'000;

enum class State { kGood, kNote, kBad };

struct Check {
  std::string name;
  State state = State::kGood;
  std::string text;
};

// "in f32 on native (measured)": what --precision and --backend auto mean.
std::string AutoText(const std::string& not_stack, const CpuClass& cpu) {
  const auto found = engine::ExplainChoice({}, not_stack, cpu);
  if (!found.ok()) return found.status().message();
  return "in " + std::string(engine::PrecisionName(found->choice.precision)) + " on " +
         std::string(engine::BackendName(found->choice.backend)) +
         (found->measured ? " (measured)" : " (a rule: not measured)");
}

Check Cpu() {
  const CpuClass cpu = DetectCpu();
  const std::string text = cpu.ToString() + "; VGGs run " + AutoText("", cpu) +
                           ", other networks " + AutoText("no stack", cpu);
  if (cpu.isa == Isa::kPortable) {
    return {"cpu", State::kNote, text + ". Without AVX2 the network is slow"};
  }
  return {"cpu", State::kGood, text};
}

Check Cores() {
  const int cores = AffinityCores();
  const auto quota = QuotaCores();
  if (!quota || *quota >= cores) {
    return {"cores", State::kGood, Count(cores) + " usable"};
  }
  return {"cores", State::kNote,
          Count(cores) + " usable, but a quota allows " + Fixed(*quota, 1) +
              " at a time: --threads " +
              Count(std::max<int64_t>(1, std::llround(*quota)))};
}

Check Memory() {
  const int64_t bytes = UsableMemory();
  if (bytes >= kNeededMemory) return {"memory", State::kGood, Bytes(bytes) + " usable"};
  return {"memory", State::kBad,
          "only " + Bytes(bytes) + " usable; a run needs " + Bytes(kNeededMemory)};
}

Check Arrow() {
  const std::string loaded = arrow::GetBuildInfo().version_string;
  if (loaded == ARROW_VERSION_STRING) return {"arrow", State::kGood, loaded};
  return {
      "arrow", State::kBad,
      loaded + " is loaded, but " ARROW_VERSION_STRING " was built against: build again"};
}

Check Tbb() {
  const std::string built = TBB_VERSION_STRING;
  const std::string loaded = TBB_runtime_version();
  const auto copies = MappedLibraries(ReadText("/proc/self/maps"), "libtbb");
  if (copies.size() > 1) {
    std::string all;
    for (const auto& copy : copies) all += " " + copy;
    return {"tbb", State::kBad, "more than one copy is loaded:" + all};
  }
  if (loaded != built) {
    return {"tbb", State::kBad,
            loaded + " is loaded, but " + built + " was built against: build again"};
  }
  return {"tbb", State::kGood, loaded + ", one copy"};
}

Check Weights() {
  const auto backbone = model::LoadBackbone(model::BackboneOptions());
  if (!backbone.ok()) return {"weights", State::kBad, backbone.status().message()};
  return {"weights", State::kGood,
          "ImageNet weights of VGG16 found, sha256 is right (" +
              backbone->weights.sha256.substr(0, 12) + "...)"};
}

Check Folder(const std::string& folder) {
  const FolderState state = LookAtFolder(folder);
  const std::string space = Bytes(state.free_bytes) + " free at " + state.looked_at;
  if (!state.writable) {
    return {"folder", State::kBad,
            state.looked_at +
                " cannot be written to: another folder, "
                "or chmod u+w " +
                state.looked_at};
  }
  if (state.free_bytes < kNeededSpace) {
    return {"folder", State::kNote, "only " + space + "; 1,000 images take about 5 MB"};
  }
  return {"folder", State::kGood, "writable, " + space};
}

Result<std::string> PictureFormat(std::string_view head) {
  const auto* bytes = reinterpret_cast<const uint8_t*>(head.data());
  ARROW_ASSIGN_OR_RAISE(const auto format, image::Sniff({bytes, head.size()}));
  return std::string(image::FormatName(format));
}

State ToState(store::s3::Finding::State state) {
  using store::s3::Finding;
  return state == Finding::State::kGood   ? State::kGood
         : state == Finding::State::kNote ? State::kNote
                                          : State::kBad;
}

std::vector<Check> Examine(const std::string& folder) {
  std::vector<Check> checks = {
      {"pomona", State::kGood, POMONA_VERSION},
      Cpu(),
      Cores(),
      Memory(),
      Arrow(),
      Tbb(),
      {"engine", State::kGood,
       engine::BackendVersion(engine::Backend::kNative) + ", " +
           engine::BackendVersion(engine::Backend::kOpenVino)},
      {"decoders", State::kGood, std::string(image::DecoderVersions())},
      Weights()};
  if (store::s3::IsS3(folder)) {
    for (auto& finding : store::s3::Diagnose(folder, PictureFormat)) {
      checks.push_back({finding.name, ToState(finding.state), finding.text});
    }
  } else if (!folder.empty()) {
    checks.push_back(Folder(folder));
  }
  return checks;
}

const char* StateName(State state) {
  return state == State::kGood ? "ok" : state == State::kNote ? "note" : "BAD";
}

int Doctor(const std::string& folder, bool json) {
  const auto checks = Examine(folder);
  bool bad = false;
  nlohmann::ordered_json all = nlohmann::ordered_json::array();
  std::string text;
  for (const auto& check : checks) {
    bad = bad || check.state == State::kBad;
    all.push_back(
        {{"name", check.name}, {"state", StateName(check.state)}, {"text", check.text}});
    std::string line = StateName(check.state);
    line.resize(6, ' ');
    line += check.name;
    line.resize(17, ' ');
    text += line + Printable(check.text) + "\n";
  }
  text += bad ? "something is wrong: see BAD above\n" : "this machine is ready\n";
  if (json)
    text = all.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  std::fputs(text.c_str(), stdout);
  return bad ? kFailed : kDone;
}

}  // namespace

void AddDoctor(CLI::App* program, Action* action) {
  auto* app = program->add_subcommand("doctor", "is this machine ready, and what is it");
  auto folder = std::make_shared<std::string>();
  auto json = std::make_shared<bool>(false);
  app->add_option("FOLDER", *folder,
                  "a destination to be: free space, may it be written; or an s3:// "
                  "address: can it be reached, read and written");
  app->add_flag("--json", *json, "as JSON");
  app->footer(kExamples);
  app->callback([=] { *action = [=] { return Doctor(*folder, *json); }; });
}

}  // namespace pomona::cli
