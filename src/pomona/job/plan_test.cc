// SPDX-License-Identifier: Apache-2.0
#include "pomona/job/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "pomona/base/hash.h"
#include "pomona/job/layout.h"

#include "tests/contract/job_fixtures.h"

namespace pomona::job {
namespace {

using Json = nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

// VGG16's first block with random weights, as LoadBackbone would give it.
model::Backbone SmallBackbone(uint64_t seed = 42) {
  model::Backbone backbone;
  backbone.options.weights = "none";
  backbone.options.seed = seed;
  backbone.options.input_width = backbone.options.input_height = 32;
  backbone.options.layer = "block1_pool";
  backbone.layers.assign(model::Vgg16Layers().begin(), model::Vgg16Layers().begin() + 3);
  backbone.weights.kind = model::WeightsKind::kRandom;
  backbone.sha256 = HexSha256(std::to_string(seed));
  return backbone;
}

Plan Make(const Settings& settings, const model::Backbone& backbone = SmallBackbone(),
          const std::string& frozen = "") {
  auto plan = MakePlan(settings, backbone, "", frozen);
  EXPECT_TRUE(plan.ok()) << plan.status();
  return plan.ok() ? *plan : Plan();
}

PlanDifference Differences(const Plan& there, const Plan& here) {
  auto difference = ComparePlans(there.json, here.json);
  EXPECT_TRUE(difference.ok()) << difference.status();
  return difference.ok() ? *difference : PlanDifference();
}

TEST(Plan, SameSettingsSameText) {
  const Plan plan = Make({});
  EXPECT_EQ(plan.json, Make({}).json);
  EXPECT_EQ(plan.hash, HexSha256(plan.json));
  EXPECT_EQ(plan.contract.width, 32);
  const auto difference = Differences(plan, Make({}));
  EXPECT_THAT(difference.settings, IsEmpty());
  EXPECT_THAT(difference.platform, IsEmpty());
}

TEST(Plan, DifferencesAreListedByPath) {
  Settings settings;
  settings.fit.components = 8;
  settings.limit = 5;
  settings.csv = true;
  settings.source.label_from = "none";
  const auto difference = Differences(Make({}), Make(settings, SmallBackbone(7)));
  EXPECT_THAT(
      difference.settings,
      UnorderedElementsAre(
          "fit.components: null there, 8 here", "network.seed: 42 there, 7 here",
          "source.limit: null there, 5 here", "output.csv: false there, true here",
          "source.label_from: dir there, none here",
          "network.sha256: " + HexSha256("42") + " there, " + HexSha256("7") + " here"));
  EXPECT_THAT(difference.platform, IsEmpty());
}

TEST(Plan, WhatIsNotReducedHasNoFit) {
  Settings settings;
  settings.reduce = false;
  const auto difference = Differences(Make(settings), Make({}));
  ASSERT_EQ(difference.settings.size(), 1U);
  EXPECT_THAT(difference.settings[0], HasSubstr("fit: null there, {"));
}

TEST(Plan, PlatformIsApart) {
  const Plan plan = Make({});
  Json other = Json::parse(plan.json);
  other["cpu"] = "Z80-8-0-portable";
  other["libraries"]["arrow"] = "1.0";
  other["libraries"].erase("engine");
  other["pomona"] = "0.0.1";
  auto difference = ComparePlans(other.dump(), plan.json);
  ASSERT_TRUE(difference.ok()) << difference.status();
  EXPECT_THAT(difference->settings, IsEmpty());
  EXPECT_THAT(
      difference->platform,
      UnorderedElementsAre(HasSubstr("cpu: Z80"), HasSubstr("libraries.arrow: 1.0 there"),
                           HasSubstr("libraries.engine: (absent) there"),
                           HasSubstr("pomona: 0.0.1 there")));
}

TEST(Plan, FrozenPrecisionIsObeyedUnlessToldOtherwise) {
  Settings settings;
  settings.precision = "f32";
  Json frozen = Json::parse(Make(settings).json);
  const auto precision = [&](const std::string& asked) {
    settings.precision = asked;
    return MakePlan(settings, SmallBackbone(), "", frozen.dump());
  };
  EXPECT_EQ(precision("auto")->engine.precision, engine::Precision::kF32);
  frozen["precision"] = "bf16";
  frozen.erase("backend");
  EXPECT_EQ(precision("f32")->engine.precision, engine::Precision::kF32);
  if (DetectCpu().isa >= Isa::kAvx512Bf16) {
    EXPECT_EQ(precision("auto")->engine.precision, engine::Precision::kBf16);
  } else {
    EXPECT_THAT(precision("auto").status().message(), HasSubstr("bf16"));
  }
  frozen["precision"] = "f8";
  EXPECT_THAT(precision("auto").status().message(), HasSubstr("'f8'"));
  EXPECT_TRUE(precision("f32").ok());
}

TEST(Plan, FrozenBackendIsObeyedAndAnOldPlanMeansOpenVino) {
  Settings settings;
  settings.precision = "f32";
  settings.backend = "native";
  const Plan native = Make(settings);
  EXPECT_THAT(native.json, HasSubstr("\"engine\": \"native 1\""));
  const auto backend = [&](const std::string& asked, const std::string& frozen) {
    settings.backend = asked;
    return MakePlan(settings, SmallBackbone(), "", frozen)->engine.backend;
  };
  EXPECT_EQ(backend("auto", native.json), engine::Backend::kNative);
  EXPECT_EQ(backend("openvino", native.json), engine::Backend::kOpenVino);
  settings.backend = "openvino";
  const Plan old = Make(settings);
  EXPECT_EQ(Json::parse(old.json).count("backend"), 0U);
  EXPECT_EQ(backend("auto", old.json), engine::Backend::kOpenVino);
  EXPECT_THAT(Differences(old, native).settings,
              ElementsAre("backend: (absent) there, native here"));
  EXPECT_THAT(*PlatformDifference(native.json), IsEmpty());
  EXPECT_THAT(*PlatformDifference(old.json), IsEmpty());
}

TEST(Plan, DamagedPlansAreRefusedWithARemedy) {
  const std::string good = Make({}).json;
  for (const auto& [text, what] : std::vector<std::pair<std::string, std::string>>{
           {"", "damaged"},
           {"[]", "damaged"},
           {good.substr(0, good.size() / 2), "damaged"},
           {"{\"schema_version\":1,\"a\":" + std::string(100'000, '['), "damaged"},
           {"{}", "schema version null"},
           {R"({"schema_version":"1"})", "schema version 1"},
           {R"({"schema_version":2})", "schema version 2"}}) {
    for (const bool first : {true, false}) {
      const Status status =
          (first ? ComparePlans(text, good) : ComparePlans(good, text)).status();
      EXPECT_TRUE(status.IsInvalid()) << text.substr(0, 50);
      EXPECT_THAT(status.message(), HasSubstr(what));
      EXPECT_THAT(status.message(), HasSubstr("--overwrite"));
    }
    if (!text.empty()) {
      EXPECT_TRUE(MakePlan({}, SmallBackbone(), "", text).status().IsInvalid());
    }
  }
}

TEST(Plan, IsReadFromTheStore) {
  auto store = store::MakeMemoryStore();
  EXPECT_EQ(*ReadPlan(store.get()), "");
  ASSERT_TRUE(store->Put(kPlanFile, "text").ok());
  EXPECT_EQ(*ReadPlan(store.get()), "text");
}

TEST(Plan, MetadataSayRandomWeights) {
  const auto plan = Make({});
  auto backbone = SmallBackbone();
  auto metadata = PlanMetadata(plan, backbone);
  EXPECT_EQ(metadata.at("pomona.weights"), "random weights");
  EXPECT_EQ(metadata.at("pomona.plan"), plan.hash);
  EXPECT_EQ(Json::parse(metadata.at("pomona.network")).at("seed"), 42);
  EXPECT_EQ(WeightsKindName(backbone), "random");
  backbone.weights.kind = model::WeightsKind::kImagenet;
  metadata = PlanMetadata(plan, backbone);
  EXPECT_EQ(metadata.at("pomona.weights"), "imagenet");
  EXPECT_FALSE(Json::parse(metadata.at("pomona.network")).contains("seed"));
  backbone.onnx_bytes = "x";
  EXPECT_EQ(WeightsKindName(backbone), "onnx");
}

}  // namespace
}  // namespace pomona::job
