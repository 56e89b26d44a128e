// SPDX-License-Identifier: Apache-2.0
// Where feature rows, moments and reducers are, as users name them.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pomona/base/status.h"
#include "pomona/store/byte_store.h"
#include "pomona/table/tables.h"

namespace pomona::job {

// A store and the file in it that a location names.
struct Place {
  std::shared_ptr<store::ByteStore> store;
  std::string file;  // "" when the location is a folder
};
Result<Place> OpenPlace(const std::string& location);

std::vector<std::string> WithEnding(const std::vector<store::StoredFile>& files,
                                    std::string_view ending);

// The feature files of a destination, of a folder of them, or one.
Result<std::vector<std::string>> FeatureFiles(const Place& place);

// What must be equal where rows meet rows, or what was made of them.
inline constexpr const char* kRowKeys[] = {"pomona.contract", "pomona.network"};
// The first of `keys` that both have and have differently; nullptr: none.
const char* FirstDifference(const table::Metadata& there, const table::Metadata& here,
                            std::span<const char* const> keys = kRowKeys);

// Feature rows at `source`, file by file in the order of their names, with the metadata
// of each. Invalid where there is no file, and where files differ in their columns or in
// what made them.
using VisitFeatures =
    std::function<Status(const table::FeatureTable&, const table::Metadata&)>;
Status ForEachFeatures(const std::string& source, const VisitFeatures& visit);

}  // namespace pomona::job
