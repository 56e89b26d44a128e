// SPDX-License-Identifier: Apache-2.0
#include "pomona/job/manifest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "pomona/job/layout.h"

#include "tests/contract/job_fixtures.h"

namespace pomona::job {
namespace {

using OrderedJson = nlohmann::ordered_json;

ManifestContent SomeContent() {
  ManifestContent content;
  content.source = "fruits";
  content.weights = "imagenet";
  content.precision = "f32";
  content.plan_hash = "abc";
  content.generations = {{0, 3, "h0", {{".txt", 2}}, 0, 2, 0, 1},
                         {1, 1, "h1", {}, 2, 1, 1, 1}};
  content.record = BeginRecord(2);
  EndRecord(&content.record);
  return content;
}

ManifestState Read(store::ByteStore* store) {
  auto state = ReadManifest(store);
  EXPECT_TRUE(state.ok()) << state.status();
  return state.ok() ? *state : ManifestState();
}

TEST(Manifest, ComesBack) {
  auto store = store::MakeMemoryStore();
  EXPECT_FALSE(Read(store.get()).complete);
  RunReport report;
  report.images = 4;
  report.rows = 3;
  report.rejects = {{"empty", 1}};
  ASSERT_TRUE(WriteManifest(store.get(), SomeContent(), "[]", &report).ok());
  const auto state = Read(store.get());
  EXPECT_TRUE(state.complete);
  EXPECT_EQ(state.generation, 1);
  EXPECT_EQ(state.shards, 3);
  EXPECT_EQ(state.text, report.manifest);
  const OrderedJson json = OrderedJson::parse(state.text);
  EXPECT_EQ(json["rows"].get<int64_t>() + json["rejects"].get<int64_t>(), json["images"]);
  EXPECT_EQ(json["reducer"], "reducer/gen-0001");
  EXPECT_EQ(json["generations"][0]["skipped"][".txt"], 2);
}

TEST(Manifest, RecordsOfEarlierRunsAreKept) {
  auto store = store::MakeMemoryStore();
  RunReport report;
  for (size_t runs = 1; runs <= 3; ++runs) {
    const std::string earlier = Read(store.get()).runs;
    ASSERT_TRUE(WriteManifest(store.get(), SomeContent(), earlier, &report).ok());
    EXPECT_EQ(OrderedJson::parse(report.manifest)["runs"].size(), runs);
  }
  const OrderedJson runs = OrderedJson::parse(report.manifest)["runs"];
  EXPECT_NE(runs[0]["id"], runs[1]["id"]);
  EXPECT_EQ(runs[0]["id"].get<std::string>().size(), 16U);
  EXPECT_GT(runs[0]["peak_memory_mb"].get<double>(), 1);
}

TEST(Manifest, WhatIsNotReducedNamesNoReducer) {
  auto store = store::MakeMemoryStore();
  RunReport report;
  auto content = SomeContent();
  content.reduced = false;
  ASSERT_TRUE(WriteManifest(store.get(), content, "damaged", &report).ok());
  const OrderedJson json = OrderedJson::parse(report.manifest);
  EXPECT_FALSE(json.contains("reducer"));
  EXPECT_EQ(json["runs"].size(), 1U);
}

TEST(Manifest, ADamagedOneIsNotComplete) {
  auto store = store::MakeMemoryStore();
  for (const std::string& text :
       {std::string(), std::string("null"), std::string("[]"), std::string("{}"),
        std::string(R"({"complete":true})"),
        std::string(R"({"complete":"yes","generation":0})"),
        std::string(R"({"complete":true,"generation":"0"})"),
        "{\"complete\":true,\"generation\":0,\"runs\":" + std::string(100'000, '[')}) {
    ASSERT_TRUE(store->Put(kManifestFile, text).ok());
    const auto state = Read(store.get());
    EXPECT_FALSE(state.complete) << text.substr(0, 60);
    EXPECT_EQ(state.runs, "[]");
    EXPECT_EQ(state.shards, 0);
  }
}

}  // namespace
}  // namespace pomona::job
