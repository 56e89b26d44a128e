// SPDX-License-Identifier: Apache-2.0
// What another process needs to compute pieces of a run: small, made by the coordinator
// from the frozen plan, sent as text. Nothing is resolved anew from a user's settings.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "pomona/base/status.h"
#include "pomona/engine/feature_extractor.h"
#include "pomona/image/preprocess.h"
#include "pomona/model/backbone.h"
#include "pomona/stats/fit_state.h"
#include "pomona/store/image_source.h"

namespace pomona::job {

struct TaskSpec {
  std::string run;          // RunRecord::id
  std::string plan;         // text of plan.json
  std::string source;       // URI, or an absolute path
  std::string destination;  // likewise
  std::string label_from;
  bool all_files = false;
  std::string image_column;
  int64_t max_pixels = 0;
  image::PreprocessContract contract;
  model::BackboneOptions backbone;  // resolved; files by absolute path
  engine::Choice engine;
  int64_t shard_size = 0;
  int64_t block_shards = 0;
  int64_t generation = 0;
  stats::StateOptions state;
  bool csv = false;
  bool npz = false;
  std::map<std::string, std::string> metadata;  // of every table
  // A listed image that the coordinator could read when it began, or "": who cannot read
  // it either sees another source.
  std::string known_image;
  bool require_same_cpu =
      false;               // refuse to compute on another CPU class than the plan's
  bool any_build = false;  // compute with another build, as --allow-other-cpu says

  store::SourceOptions source_options() const;
  // Invalid when a path is not UTF-8, which JSON cannot carry.
  Result<std::string> ToJson() const;
  static Result<TaskSpec> FromJson(const std::string& text);
};

// `place` as another process of this machine must name it: URIs and "" as they are, paths
// absolute.
std::string AbsolutePlace(const std::string& place);
// Whether `place` is a path of a file system, which not every machine may see.
bool IsLocalPlace(const std::string& place);

}  // namespace pomona::job
