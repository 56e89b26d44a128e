// SPDX-License-Identifier: Apache-2.0
#include <map>

#include <arrow/buffer.h>
#include <nlohmann/json.hpp>

#include "pomona/base/json.h"
#include "pomona/job/layout.h"
#include "pomona/job/stages.h"
#include "pomona/store/byte_store.h"

#include "info.h"
#include "report.h"
#include "text.h"

namespace pomona::cli {
namespace {

using Json = nlohmann::ordered_json;

// Hostile or old files: what is missing or of another type reads as "".
std::string Word(const Json& json, const char* key) {
  if (!json.is_object() || !json.contains(key)) return "";
  const Json& value = json[key];
  return Printable(value.is_string() ? value.get<std::string>() : value.dump());
}

int64_t Whole(const Json& json, const char* key) {
  if (!json.is_object() || !json.contains(key) || !json[key].is_number()) return 0;
  return json[key].get<int64_t>();
}

Json Member(const Json& json, const char* key) {
  return json.is_object() && json.contains(key) ? json[key] : Json();
}

Result<Json> ReadJson(store::ByteStore* store, const char* path) {
  ARROW_ASSIGN_OR_RAISE(const bool exists, store->Exists(path));
  if (!exists) return Json();
  ARROW_ASSIGN_OR_RAISE(auto bytes, store->Read(path));
  Json json = ParseOrderedJson(std::string_view(*bytes));
  if (!json.is_object()) return Status::Invalid(store->uri(), "/", path, " is damaged");
  return json;
}

struct FolderCount {
  int64_t files = 0;
  int64_t bytes = 0;
};

std::map<std::string, FolderCount> CountFiles(
    const std::vector<store::StoredFile>& files) {
  std::map<std::string, FolderCount> folders;
  for (const auto& file : files) {
    const size_t slash = file.path.find('/');
    if (slash == std::string::npos) continue;
    auto& folder = folders[file.path.substr(0, slash)];
    ++folder.files;
    folder.bytes += file.size;
  }
  return folders;
}

std::string NetworkText(const Json& plan) {
  const Json network = Member(plan, "network");
  std::string text = Word(network, "model") + ", weights " + Word(network, "weights") +
                     ", input " + Word(network, "input_height") + "x" +
                     Word(network, "input_width");
  if (const auto layer = Word(network, "layer"); !layer.empty()) text += ", " + layer;
  if (const auto pool = Word(network, "pool"); pool != "none") text += ", pool " + pool;
  text += ", " + Word(plan, "precision") + " on " + Word(plan, "cpu") + " by " +
          Word(Member(plan, "libraries"), "engine");
  std::string lines = Field("network", text);
  if (Word(network, "weights") == "random") {
    lines += Field("!!!", "RANDOM: random weights have learned nothing about pictures");
  }
  return lines;
}

std::string CountsText(const Json& manifest) {
  std::string text = Count(Whole(manifest, "images")) + " = " +
                     Count(Whole(manifest, "rows"), "row") + " + " +
                     Count(Whole(manifest, "rejects"), "reject");
  std::string codes;
  const Json by_code = Member(manifest, "rejects_by_code");  // items() only refers to it
  for (const auto& [code, count] : by_code.items()) {
    codes += (codes.empty() ? "" : ", ") + count.dump() + " " + Printable(code);
  }
  return Field("images", codes.empty() ? text : text + " (" + codes + ")");
}

std::string LastRunText(const Json& manifest) {
  const Json runs = Member(manifest, "runs");
  if (!runs.is_array() || runs.empty()) return "";
  const Json& last = runs.back();
  return Field("last run", Word(last, "start") + " on " + Word(last, "host") + ", " +
                               Count(Whole(last, "threads"), "thread") + ", peak " +
                               Count(Whole(last, "peak_memory_mb")) + " MB; " +
                               Count(static_cast<int64_t>(runs.size()), "run") +
                               " in all");
}

std::string FilesText(const std::map<std::string, FolderCount>& folders) {
  std::vector<std::vector<std::string>> rows = {{"folder", "files", "size"}};
  for (const auto& [name, count] : folders) {
    rows.push_back({Printable(name) + "/", Count(count.files), Bytes(count.bytes)});
  }
  return rows.size() == 1 ? "" : "\n" + Table(rows);
}

std::string RejectsText(const std::string& location, int64_t count) {
  std::string text;
  if (count == 0) return text;
  std::vector<std::vector<std::string>> rows = {{"reject", "stage", "code", "message"}};
  for (const auto& reject : FirstRejects(location, 5)) {
    rows.push_back({CutFront(Printable(reject.path), 40), reject.stage, reject.code,
                    Printable(reject.message)});
  }
  return rows.size() == 1 ? text : "\n" + Table(rows);
}

}  // namespace

Result<Info> DestinationInfo(const std::string& location, const View& view) {
  ARROW_ASSIGN_OR_RAISE(auto store, store::OpenByteStore(location));
  ARROW_ASSIGN_OR_RAISE(const Json plan, ReadJson(store.get(), job::kPlanFile));
  ARROW_ASSIGN_OR_RAISE(const Json manifest, ReadJson(store.get(), job::kManifestFile));
  ARROW_ASSIGN_OR_RAISE(const auto files, store->List(""));
  const auto folders = CountFiles(files);
  const bool complete = Member(manifest, "complete") == Json(true);

  Json json = {{"destination", location}, {"complete", complete}};
  json["plan"] = plan;
  json["manifest"] = manifest;
  for (const auto& [name, count] : folders) {
    json["files"][name] = {{"files", count.files}, {"bytes", count.bytes}};
  }

  Info info;
  info.text =
      Field("destination",
            Printable(location) + (complete ? " (complete)"
                                            : " (not finished: the command that began "
                                              "it goes on)"));
  if (plan.is_object()) info.text += NetworkText(plan);
  if (complete) {
    info.text += CountsText(manifest);
    info.text += Field("generation", Word(manifest, "generation"));
    info.text += LastRunText(manifest);
  }
  info.text += FilesText(folders) + RejectsText(location, Whole(manifest, "rejects"));
  if (auto reducer = job::LoadReducer(location); reducer.ok()) {
    info.text += "\n" + ReducerText(*reducer, view);
    json["reducer"] = ParseOrderedJson(reducer->ToJson());
  }
  info.json = json.dump(2, ' ', false, Json::error_handler_t::replace);
  return info;
}

}  // namespace pomona::cli
