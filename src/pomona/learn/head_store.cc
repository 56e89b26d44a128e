// SPDX-License-Identifier: Apache-2.0
#include "pomona/learn/head_store.h"

#include <algorithm>
#include <array>
#include <filesystem>

#include <arrow/buffer.h>
#include <nlohmann/json.hpp>

#include "pomona/base/asset.h"
#include "pomona/base/json.h"
#include "pomona/image/preprocess.h"
#include "pomona/job/extract.h"
#include "pomona/job/feature_files.h"

namespace pomona::learn {
namespace {

constexpr std::array<const char*, 5> kCarriedKeys = {"pomona.contract", "pomona.network",
                                                     "pomona.parts", "pomona.precision",
                                                     "pomona.weights"};
// bf16 moves a row far enough to change answers.
constexpr const char* kHeadKeys[] = {"pomona.contract", "pomona.network",
                                     "pomona.precision"};

constexpr std::array<const char*, 4> kBuiltIn = {"fruit", "variety", "maturity",
                                                 "health"};

// A region's row is that of a picture: which part of a photo it shows is not the head's
// concern.
void ForgetRegions(table::Metadata* rows) {
  const auto found = rows->find("pomona.contract");
  if (found == rows->end()) return;
  auto contract = image::PreprocessContract::FromJson(found->second);
  if (!contract.ok() || contract->regions == image::RegionSet::kPhoto) return;
  contract->regions = image::RegionSet::kPhoto;
  found->second = contract->ToJson();
}

}  // namespace

Status SaveHead(const Head& head, store::ByteStore* store) {
  ARROW_ASSIGN_OR_RAISE(const std::string bytes, head.ToSafetensors());
  ARROW_RETURN_NOT_OK(store->Put("head.json", head.ToJson()));
  return store->Put(kHeadName, bytes);
}

Result<std::string> HeadLocation(const std::string& given) {
  std::error_code ignored;
  const bool name = std::find(kBuiltIn.begin(), kBuiltIn.end(), given) != kBuiltIn.end();
  if (!name || std::filesystem::exists(given, ignored)) return given;
  return AssetPath("heads/" + given + "/" + kHeadName);
}

Result<Head> LoadHead(const std::string& given) {
  ARROW_ASSIGN_OR_RAISE(const std::string location, HeadLocation(given));
  ARROW_ASSIGN_OR_RAISE(const job::Place place, job::OpenPlace(location));
  const std::string file = place.file.empty() ? kHeadName : place.file;
  ARROW_ASSIGN_OR_RAISE(const bool there, place.store->Exists(file));
  if (!there) {
    return Status::KeyError(location, " holds no ", kHeadName,
                            ": make one with 'pomona train'");
  }
  ARROW_ASSIGN_OR_RAISE(const auto buffer, place.store->Read(file));
  auto head = Head::FromSafetensors(std::string_view(*buffer));
  if (head.ok()) return head;
  return head.status().WithMessage(location, ": ", head.status().message());
}

Result<std::vector<std::string>> BuiltInHeads() {
  std::vector<std::string> files;
  for (const char* name : kBuiltIn) {
    ARROW_ASSIGN_OR_RAISE(files.emplace_back(),
                          AssetPath(std::string("heads/") + name + "/" + kHeadName));
  }
  return files;
}

void CarryContract(const table::Metadata& given, Head* head) {
  table::Metadata rows = given;
  ForgetRegions(&rows);
  for (const char* key : kCarriedKeys) {
    if (const auto found = rows.find(key); found != rows.end()) {
      head->metadata[key] = found->second;
    }
  }
}

Result<std::vector<int64_t>> PartsOf(const table::Metadata& rows, int64_t dim) {
  const auto found = rows.find(job::kPartsKey);
  std::vector<int64_t> parts;
  if (found == rows.end()) return parts;
  int64_t left = dim;
  try {
    for (const auto& part : ParseJson(found->second)) {
      parts.push_back(part.at("columns").get<int64_t>());
      if (parts.back() < 1 || parts.back() > left) left = -1;
      if (left < 0) break;
      left -= parts.back();
    }
  } catch (const nlohmann::json::exception&) {
    left = -1;
  }
  if (left == 0) return parts;
  return Status::Invalid("the metadata ", job::kPartsKey,
                         " of the rows are damaged: ", found->second);
}

Status CheckHeadFits(const Head& head, const table::Metadata& given, int64_t dim) {
  table::Metadata rows = given;
  ForgetRegions(&rows);
  if (const char* key = job::FirstDifference(head.metadata, rows, kHeadKeys)) {
    return Status::Invalid("the head was trained on other features: ", key, " is ",
                           head.metadata.at(key), " there, ", rows.at(key),
                           " here\nhint: extract with its settings, or train a new head");
  }
  if (head.dim() == dim) return Status::OK();
  return Status::Invalid("the head takes rows of ", head.dim(), " columns, these have ",
                         dim);
}

}  // namespace pomona::learn
