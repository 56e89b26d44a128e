// SPDX-License-Identifier: Apache-2.0
// The stages after extraction, by themselves: fit from moments or feature rows, save and
// load reducers, transform feature rows.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "pomona/base/event.h"
#include "pomona/base/status.h"
#include "pomona/stats/reducer.h"
#include "pomona/store/byte_store.h"

namespace pomona::job {

// Fits from `source`: a destination (its moments files), a folder or file of feature
// Parquet files, or of moments files (block-*.bin). Invalid when a destination's blocks
// are not all there. The contract and network of the rows travel into the reducer's
// metadata.
Result<stats::Reducer> FitFrom(const std::string& source,
                               const stats::FitOptions& options);

// FOLDER/reducer.safetensors, reducer.json and scree.csv (component, eigenvalue, share,
// cumulative share).
Status SaveReducer(const stats::Reducer& reducer, store::ByteStore* store,
                   const std::string& folder);

// A reducer.safetensors file, its folder, or a destination (its current reducer).
Result<stats::Reducer> LoadReducer(const std::string& location);
Result<stats::Reducer> LoadReducerFile(store::ByteStore* store, const std::string& path);

// Share of the variance that the reducer's k components explain.
double ExplainedVariance(const stats::Reducer& reducer);

// OK when rows made with `row_metadata` (of a features file) may meet `reducer`: same
// contract, network and precision; else Invalid with what differs.
Status CheckReducerFits(const stats::Reducer& reducer,
                        const std::map<std::string, std::string>& row_metadata);

struct TransformOptions {
  bool csv = false;
  bool npz = false;
  EventSink* sink = nullptr;
};

// Applies `reducer` to the feature rows at `source` (a destination or feature Parquet
// files) and writes reduced/gen-0000/part-N to `destination`, one for each features file.
// Returns the number of rows.
Result<int64_t> TransformRows(const stats::Reducer& reducer, const std::string& source,
                              const std::string& destination,
                              const TransformOptions& options);

// One features file of `from` to one reduced file of `to`.
Result<int64_t> TransformFile(const stats::Transformer& transformer,
                              store::ByteStore* from, const std::string& features,
                              store::ByteStore* to,
                              const std::function<std::string(const char*)>& name,
                              const TransformOptions& options,
                              const std::map<std::string, std::string>& metadata);

}  // namespace pomona::job
