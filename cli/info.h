// SPDX-License-Identifier: Apache-2.0
// What `pomona info` says about a thing: as text for people, as JSON for programs.
#pragma once

#include <string>

#include "pomona/base/status.h"
#include "pomona/learn/head.h"
#include "pomona/model/backbone.h"
#include "pomona/stats/reducer.h"

namespace pomona::cli {

// How text is drawn.
struct View {
  int width = 80;
  bool unicode = false;
};

struct Info {
  std::string text;
  std::string json;
};

// A network: layers, shapes, parameters; `verbose`: how this machine will compute them.
Result<Info> ModelInfo(const model::BackboneOptions& options, bool verbose);
// A run's folder: manifest, plan, counts, rejects, files, scree.
Result<Info> DestinationInfo(const std::string& location, const View& view);
// One file, told by its content: Parquet, reducer, weights, moments.
Result<Info> FileInfo(const std::string& path, const View& view);

Info HeadInfo(const learn::Head& head, const View& view);
Info ReducerInfo(const stats::Reducer& reducer, const View& view);
std::string ReducerText(const stats::Reducer& reducer, const View& view);

// A Parquet file's schema, rows and metadata.
Result<Info> ParquetInfo(const std::string& path);
// True when `path` is a Parquet file with a column of feature rows.
bool IsFeatureFile(const std::string& path);
// True when `source` holds feature rows: a run's folder, or feature Parquet files.
bool HoldsRows(const std::string& source);

// "name       text\n" with the name in a column of its own.
std::string Field(const std::string& name, const std::string& text);

}  // namespace pomona::cli
