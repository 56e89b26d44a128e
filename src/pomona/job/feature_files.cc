// SPDX-License-Identifier: Apache-2.0
#include "pomona/job/feature_files.h"

#include "pomona/job/layout.h"

namespace pomona::job {
namespace {

Status CheckAlike(const table::Metadata& first, const table::Metadata& other,
                  const std::string& file) {
  const char* key = FirstDifference(first, other);
  if (key == nullptr) return Status::OK();
  return Status::Invalid(file, " has rows of another kind: ", key, " is ", other.at(key),
                         ", of the first file ", first.at(key));
}

}  // namespace

const char* FirstDifference(const table::Metadata& there, const table::Metadata& here,
                            std::span<const char* const> keys) {
  for (const char* key : keys) {
    const auto a = there.find(key);
    const auto b = here.find(key);
    if (a != there.end() && b != here.end() && a->second != b->second) return key;
  }
  return nullptr;
}

Result<Place> OpenPlace(const std::string& location) {
  Place place;
  const size_t slash = location.find_last_of('/');
  const std::string name =
      slash == std::string::npos ? location : location.substr(slash + 1);
  if (name.ends_with(".parquet") || name.ends_with(".bin") ||
      name.ends_with(".safetensors")) {
    place.file = name;
    const std::string folder =
        slash == std::string::npos ? "." : location.substr(0, slash);
    ARROW_ASSIGN_OR_RAISE(place.store,
                          store::OpenByteStore(folder.empty() ? "/" : folder));
  } else {
    ARROW_ASSIGN_OR_RAISE(place.store, store::OpenByteStore(location));
  }
  return place;
}

std::vector<std::string> WithEnding(const std::vector<store::StoredFile>& files,
                                    std::string_view ending) {
  std::vector<std::string> paths;
  for (const auto& file : files) {
    if (file.path.ends_with(ending)) paths.push_back(file.path);
  }
  return paths;
}

Result<std::vector<std::string>> FeatureFiles(const Place& place) {
  if (!place.file.empty()) return std::vector<std::string>{place.file};
  ARROW_ASSIGN_OR_RAISE(const bool destination, place.store->Exists(kPlanFile));
  ARROW_ASSIGN_OR_RAISE(auto files, place.store->List(destination ? "features" : ""));
  return WithEnding(files, ".parquet");
}

Status ForEachFeatures(const std::string& source, const VisitFeatures& visit) {
  ARROW_ASSIGN_OR_RAISE(const Place place, OpenPlace(source));
  ARROW_ASSIGN_OR_RAISE(const auto files, FeatureFiles(place));
  if (files.empty()) {
    return Status::Invalid(source,
                           " holds no features (*.parquet): give the folder of a "
                           "run, or a folder of feature files");
  }
  table::Metadata first;
  int64_t dim = 0;
  for (const auto& file : files) {
    ARROW_ASSIGN_OR_RAISE(const auto table, table::ReadFeatures(place.store.get(), file));
    ARROW_ASSIGN_OR_RAISE(const auto metadata,
                          table::ReadMetadata(place.store.get(), file));
    if (file == files.front()) {
      first = metadata;
      dim = table.dim;
    }
    if (table.dim != dim) {
      return Status::Invalid(file, " has rows of ", table.dim, " numbers, ",
                             files.front(), " of ", dim,
                             ": they are of different networks");
    }
    ARROW_RETURN_NOT_OK(CheckAlike(first, metadata, file));
    ARROW_RETURN_NOT_OK(visit(table, metadata));
  }
  return Status::OK();
}

}  // namespace pomona::job
