// SPDX-License-Identifier: Apache-2.0
// Reading plans, which may be damaged; plan.cc makes them.
#include <algorithm>
#include <array>
#include <string_view>

#include <arrow/buffer.h>
#include <nlohmann/json.hpp>

#include "pomona/base/json.h"
#include "pomona/job/layout.h"
#include "pomona/job/plan.h"
#include "pomona/table/tables.h"

namespace pomona::job {
namespace {

using Json = nlohmann::json;  // sorted keys

// Top-level keys whose values are the machine's, not the user's.
constexpr std::array<std::string_view, 3> kPlatformKeys = {"cpu", "libraries", "pomona"};

std::string Show(const Json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

void Compare(const Json& there, const Json& here, const std::string& path,
             std::vector<std::string>* out) {
  if (there.is_object() && here.is_object()) {
    Json keys = there;
    keys.update(here);
    for (const auto& [key, unused] : keys.items()) {
      const Json a = there.contains(key) ? there[key] : Json("(absent)");
      const Json b = here.contains(key) ? here[key] : Json("(absent)");
      Compare(a, b, path.empty() ? key : path + "." + key, out);
    }
  } else if (there != here) {
    out->push_back(path + ": " + Show(there) + " there, " + Show(here) + " here");
  }
}

Result<Json> Parse(const std::string& text) {
  const Json json = ParseJson(text);
  if (!json.is_object()) {
    return Status::Invalid(
        "plan.json is damaged: it is not a JSON object. If the ",
        "destination holds nothing of worth, start anew with --overwrite");
  }
  const Json version = json.value("schema_version", Json());
  if (version != table::kSchemaVersion) {
    return Status::Invalid("plan.json has schema version ", Show(version),
                           ", this program writes ", table::kSchemaVersion,
                           ": use the version of pomona that made it, or --overwrite");
  }
  return json;
}

Result<std::string> Word(const std::string& plan, const char* key) {
  ARROW_ASSIGN_OR_RAISE(const Json json, Parse(plan));
  const auto word = json.find(key);
  return word != json.end() && word->is_string() ? word->get<std::string>()
                                                 : std::string();
}

}  // namespace

Result<PlanDifference> ComparePlans(const std::string& there, const std::string& here) {
  ARROW_ASSIGN_OR_RAISE(const Json a, Parse(there));
  ARROW_ASSIGN_OR_RAISE(const Json b, Parse(here));
  PlanDifference difference;
  Json keys = a;
  keys.update(b);
  for (const auto& [key, unused] : keys.items()) {
    const bool platform =
        std::find(kPlatformKeys.begin(), kPlatformKeys.end(), key) != kPlatformKeys.end();
    Compare(a.value(key, Json("(absent)")), b.value(key, Json("(absent)")), key,
            platform ? &difference.platform : &difference.settings);
  }
  return difference;
}

Result<engine::ChoiceText> PlanChoice(const std::string& plan) {
  engine::ChoiceText choice;
  ARROW_ASSIGN_OR_RAISE(choice.precision, Word(plan, "precision"));
  ARROW_ASSIGN_OR_RAISE(choice.backend, Word(plan, "backend"));
  return choice;
}

Result<std::string> PlanCpu(const std::string& plan) { return Word(plan, "cpu"); }

Result<std::string> ReadPlan(store::ByteStore* store) {
  ARROW_ASSIGN_OR_RAISE(const bool exists, store->Exists(kPlanFile));
  if (!exists) return std::string();
  ARROW_ASSIGN_OR_RAISE(auto buffer, store->Read(kPlanFile));
  return buffer->ToString();
}

}  // namespace pomona::job
