// SPDX-License-Identifier: Apache-2.0
#include "pomona/job/manifest.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <random>

#include <arrow/buffer.h>
#include <nlohmann/json.hpp>

#include "pomona/base/cpu.h"
#include "pomona/base/json.h"
#include "pomona/job/layout.h"
#include "pomona/job/recorder.h"
#include "pomona/table/tables.h"

namespace pomona::job {
namespace {

using OrderedJson = nlohmann::ordered_json;

std::string RandomId() {
  std::random_device device;
  const uint64_t bits = (static_cast<uint64_t>(device()) << 32) | device();
  std::array<char, 17> text{};
  std::snprintf(text.data(), text.size(), "%016llx",
                static_cast<unsigned long long>(bits));
  return text.data();
}

OrderedJson WorkersJson(const std::vector<WorkerRecord>& workers) {
  OrderedJson list = OrderedJson::array();
  for (const auto& worker : workers) {
    list.push_back(
        {{"host", worker.host}, {"cpu", worker.cpu}, {"pieces", worker.pieces}});
  }
  return list;
}

OrderedJson RecordJson(const RunRecord& record) {
  return {{"id", record.id},
          {"pomona", POMONA_VERSION},
          {"host", record.host},
          {"pid", record.pid},
          {"cpu", record.cpu},
          {"threads", record.threads},
          {"start", record.start},
          {"end", record.end},
          {"images", record.images},
          {"seconds", record.seconds},
          {"peak_memory_mb", record.peak_memory_mb},
          {"engine", record.engine},
          {"workers", WorkersJson(record.workers)}};
}

OrderedJson GenerationsJson(const std::vector<Generation>& generations) {
  OrderedJson list = OrderedJson::array();
  for (const auto& g : generations) {
    list.push_back({{"number", g.number},
                    {"images", g.images},
                    {"sha256", g.sha256},
                    {"skipped", g.skipped},
                    {"first_shard", g.first_shard},
                    {"shards", g.shards},
                    {"first_block", g.first_block},
                    {"blocks", g.blocks}});
  }
  return list;
}

}  // namespace

std::string HostName() {
  std::array<char, 256> host{};
  gethostname(host.data(), host.size() - 1);
  return host.data();
}

RunRecord BeginRecord(int threads) {
  RunRecord record;
  record.id = RandomId();
  record.host = HostName();
  record.pid = getpid();
  record.start = UtcNow();
  record.cpu = DetectCpu().ToString();
  record.threads = threads;
  return record;
}

void EndRecord(RunRecord* record) {
  record->end = UtcNow();
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  record->peak_memory_mb = static_cast<double>(usage.ru_maxrss) / 1024;
}

Result<ManifestState> ReadManifest(store::ByteStore* store) {
  ManifestState state;
  ARROW_ASSIGN_OR_RAISE(const bool exists, store->Exists(kManifestFile));
  if (!exists) return state;
  ARROW_ASSIGN_OR_RAISE(auto buffer, store->Read(kManifestFile));
  state.text = buffer->ToString();
  const OrderedJson json = ParseOrderedJson(state.text);
  if (!json.is_object()) return state;  // written anew at the end of this run
  const auto integer = [&](const char* key) -> int64_t {
    const auto found = json.find(key);
    return found != json.end() && found->is_number_integer() ? found->get<int64_t>() : -1;
  };
  const auto complete = json.find("complete");
  state.generation = integer("generation");
  state.shards = std::max<int64_t>(0, integer("shards"));
  state.complete = complete != json.end() && complete->is_boolean() &&
                   complete->get<bool>() && state.generation >= 0;
  if (const auto runs = json.find("runs"); runs != json.end() && runs->is_array()) {
    state.runs = runs->dump();
  }
  return state;
}

Status WriteManifest(store::ByteStore* store, const ManifestContent& content,
                     const std::string& earlier_runs, RunReport* report) {
  OrderedJson runs = ParseOrderedJson(earlier_runs);
  if (!runs.is_array()) runs = OrderedJson::array();
  runs.push_back(RecordJson(content.record));
  const auto& last = content.generations.back();
  OrderedJson json = {{"schema_version", table::kSchemaVersion},
                      {"complete", true},
                      {"source", content.source},
                      {"plan", content.plan_hash},
                      {"weights", content.weights},
                      {"random_weights", report->random_weights},
                      {"precision", content.precision},
                      {"images", report->images},
                      {"rows", report->rows},
                      {"rejects", report->reject_count()},
                      {"rejects_by_code", report->rejects},
                      {"feature_dim", report->feature_dim},
                      {"generation", last.number},
                      {"shards", last.first_shard + last.shards},
                      {"blocks", last.first_block + last.blocks},
                      {"features_kept", content.features_kept},
                      {"generations", GenerationsJson(content.generations)},
                      {"warnings", report->warnings}};
  if (content.reduced) {
    json["reducer"] = ReducerFolder(last.number);
    json["reduced"] = ReducedFolder(last.number);
    json["components"] = report->components;
    json["explained_variance"] = report->explained_variance;
    json["untransformed_shards"] = content.untransformed_shards;
  }
  json["runs"] = runs;
  report->manifest =
      json.dump(2, ' ', false, OrderedJson::error_handler_t::replace) + "\n";
  return store->Put(kManifestFile, report->manifest);
}

}  // namespace pomona::job
