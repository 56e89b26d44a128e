// SPDX-License-Identifier: Apache-2.0
// The plan: everything that decides bytes, resolved and frozen before the first image is
// read. plan.json is the first file of a destination; resumes and executors obey it.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "pomona/base/status.h"
#include "pomona/engine/feature_extractor.h"
#include "pomona/image/preprocess.h"
#include "pomona/job/settings.h"
#include "pomona/model/backbone.h"
#include "pomona/store/byte_store.h"

namespace pomona::job {

struct Plan {
  std::string json;  // plan.json, sorted keys, indented
  std::string hash;  // SHA-256 of json: the "settings hash" in tables
  image::PreprocessContract contract;
  engine::Choice engine;
};

// What differs between two plans, one line each ("network.seed: 42 there, 7 here"), apart
// by kind: settings are the user's; platform is CPU, build and library versions.
struct PlanDifference {
  std::vector<std::string> settings;
  std::vector<std::string> platform;
};

// Resolves `settings` for this machine. `frozen` is the text of an existing plan or "":
// what the user left to "auto" is taken from it. `reducer_sha256` is "" when one is to be
// fitted.
Result<Plan> MakePlan(const Settings& settings, const model::Backbone& backbone,
                      const std::string& reducer_sha256, const std::string& frozen);

// Invalid for text that is not a plan of a schema version that we know.
Result<PlanDifference> ComparePlans(const std::string& there, const std::string& here);

// Precision and backend of a plan, "" when it names none. A plan from before there was a
// second backend means OpenVINO.
Result<engine::ChoiceText> PlanChoice(const std::string& plan);

// The CPU class of a plan, "" when it names none.
Result<std::string> PlanCpu(const std::string& plan);

// What of this machine and build differs from `plan`: PlanDifference::platform.
Result<std::vector<std::string>> PlatformDifference(const std::string& plan);

// The plan at `store`, or "" when there is none.
Result<std::string> ReadPlan(store::ByteStore* store);

// The reducer's and the tables' key-value metadata that follow from a plan.
std::map<std::string, std::string> PlanMetadata(const Plan& plan,
                                                const model::Backbone& backbone);

// `backbone` as the plan and the tables describe it: canonical JSON.
std::string NetworkText(const model::Backbone& backbone);

// "imagenet", "random" or "file"; "onnx" for an ONNX network.
std::string WeightsKindName(const model::Backbone& backbone);

}  // namespace pomona::job
