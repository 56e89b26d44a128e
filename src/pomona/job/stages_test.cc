// SPDX-License-Identifier: Apache-2.0
#include "pomona/job/stages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pomona/job/layout.h"
#include "pomona/table/tables.h"

#include "tests/contract/job_fixtures.h"
#include "tests/contract/temp_folder.h"

namespace pomona::job {
namespace {

using testing::HasSubstr;

table::FeatureTable Rows(int64_t count, int64_t dim, int64_t seed = 0) {
  table::FeatureTable features;
  features.dim = dim;
  for (int64_t i = 0; i < count; ++i) {
    features.keys.push_back(
        {"p" + std::to_string(i), std::nullopt, 1, 1, std::string(64, '0')});
    for (int64_t j = 0; j < dim; ++j) {
      features.rows.push_back(static_cast<float>((seed + i * i + j * 5 + i * j) % 13));
    }
  }
  return features;
}

class StagesTest : public testing::Test {
 protected:
  std::shared_ptr<store::ByteStore> Open(const std::string& name) {
    return store::OpenByteStore(folder_ / name).ValueOrDie();
  }
  void PutFeatures(const std::string& place, int64_t shard, int64_t dim = 4,
                   const table::Metadata& metadata = {}) {
    ASSERT_TRUE(table::WriteFeatures(Open(place).get(), FeaturesFile(shard),
                                     Rows(9, dim, shard), metadata)
                    .ok());
  }
  stats::Reducer Fit(int64_t components = 2) {
    auto moments = stats::Moments::Make(4).ValueOrDie();
    const auto rows = Rows(9, 4);
    EXPECT_TRUE(moments.Update(rows.rows.data(), 9).ok());
    moments.Flush();
    stats::FitOptions options;
    options.components = components;
    return stats::FitReducer(moments, options).ValueOrDie();
  }
  TempFolder folder_;
};

TEST_F(StagesTest, ReducersOfOtherFeaturesDoNotFit) {
  stats::Reducer reducer;
  reducer.metadata = {{"pomona.contract", "c"}, {"pomona.network", "n"}};
  EXPECT_TRUE(CheckReducerFits(reducer, {}).ok()) << "nothing is known";
  EXPECT_TRUE(CheckReducerFits({}, reducer.metadata).ok());
  EXPECT_TRUE(CheckReducerFits(reducer, reducer.metadata).ok());
  for (const char* key : {"pomona.contract", "pomona.network"}) {
    auto rows = reducer.metadata;
    rows[key] = "other";
    const Status status = CheckReducerFits(reducer, rows);
    EXPECT_TRUE(status.IsInvalid());
    EXPECT_THAT(status.message(), HasSubstr(key));
  }
}

TEST_F(StagesTest, ScreeListsEveryComputedComponent) {
  stats::Reducer reducer = Fit(1);
  reducer.eigenvalues = {3, 0.75, 0.25};
  reducer.total_variance = 4;
  auto store = store::MakeMemoryStore();
  ASSERT_TRUE(SaveReducer(reducer, store.get(), "reducer/gen-0000").ok());
  const auto tree = Tree(store.get());
  EXPECT_EQ(tree.size(), 3U);
  EXPECT_TRUE(tree.contains("reducer/gen-0000/reducer.json"));
  EXPECT_EQ(tree.at("reducer/gen-0000/scree.csv"),
            "component,eigenvalue,explained_variance_ratio,cumulative\n"
            "1,3,0.75,0.75\n2,0.75,0.1875,0.9375\n3,0.25,0.0625,1\n");
  EXPECT_DOUBLE_EQ(ExplainedVariance(reducer), 0.75);
}

TEST_F(StagesTest, AReducerIsFoundInEveryPlace) {
  auto store = Open("run");
  const auto first = Fit(1);
  const auto second = Fit(2);
  ASSERT_TRUE(SaveReducer(first, store.get(), ReducerFolder(0)).ok());
  ASSERT_TRUE(SaveReducer(second, store.get(), ReducerFolder(1)).ok());
  ASSERT_TRUE(SaveReducer(first, Open("bare").get(), "").ok());
  for (const auto& [place, k] : std::vector<std::pair<std::string, int64_t>>{
           {"run", 2},
           {"run/reducer/gen-0000", 1},
           {"run/reducer/gen-0001/reducer.safetensors", 2},
           {"bare", 1}}) {
    auto loaded = LoadReducer(folder_ / place);
    ASSERT_TRUE(loaded.ok()) << loaded.status();
    EXPECT_EQ(loaded->k(), k) << place;
  }
  const Status none = LoadReducer(folder_ / "nowhere").status();
  EXPECT_TRUE(none.IsKeyError());
  EXPECT_THAT(none.message(), HasSubstr("pomona fit"));
  folder_.Write("bare/reducer.safetensors", "no reducer");
  EXPECT_THAT(LoadReducer(folder_ / "bare").status().message(),
              HasSubstr("bare/reducer.safetensors"));
}

TEST_F(StagesTest, FitsFromFeaturesOrMomentsWithTheirMetadata) {
  PutFeatures("rows", 0, 4, {{"pomona.contract", "c"}, {"pomona.plan", "not carried"}});
  stats::FitOptions options;
  options.components = 2;
  for (const char* place :
       {"rows", "rows/features", "rows/features/part-00000.parquet"}) {
    auto reducer = FitFrom(folder_ / place, options);
    ASSERT_TRUE(reducer.ok()) << reducer.status();
    EXPECT_EQ(reducer->components, Fit(2).components);
    EXPECT_EQ(reducer->metadata,
              (std::map<std::string, std::string>{{"pomona.contract", "c"}}));
  }
  auto moments = stats::Moments::Make(4).ValueOrDie();
  ASSERT_TRUE(moments.Update(Rows(9, 4).rows.data(), 9).ok());
  moments.Flush();
  ASSERT_TRUE(
      Open("state")->Put("block-0000.bin", moments.Serialize().ValueOrDie()).ok());
  for (const char* place : {"state", "state/block-0000.bin"}) {
    auto reducer = FitFrom(folder_ / place, options);
    ASSERT_TRUE(reducer.ok()) << reducer.status();
    EXPECT_EQ(reducer->components, Fit(2).components);
  }
}

TEST_F(StagesTest, WhatCannotBeFittedIsNamed) {
  EXPECT_THAT(FitFrom(folder_ / "none", {}).status().message(),
              HasSubstr("holds neither a run"));
  PutFeatures("mixed", 0, 4);
  PutFeatures("mixed", 1, 5);
  EXPECT_THAT(FitFrom(folder_ / "mixed", {}).status().message(),
              HasSubstr("different networks"));

  const std::string plan = "run/plan.json";
  const char* good = R"({"output":{"shard_size":2,"block_shards":2}})";
  folder_.Write(plan, good);
  EXPECT_THAT(FitFrom(folder_ / "run", {}).status().message(),
              HasSubstr("no complete listing"));
  folder_.Write("run/listing/gen-0000/part-00000.parquet", "");
  folder_.Write("run/listing/gen-0000/listing.json", R"({"images":3,"sha256":"x"})");
  EXPECT_THAT(FitFrom(folder_ / "run", {}).status().message(),
              HasSubstr("moments/block-0000.bin is missing"));
  for (const char* text :
       {"", "[]", "{}", R"({"output":3})", R"({"output":{"shard_size":2}})",
        R"({"output":{"shard_size":0,"block_shards":2}})",
        R"({"output":{"shard_size":2,"block_shards":-1}})",
        R"({"output":{"shard_size":2,"block_shards":70000}})"}) {
    folder_.Write(plan, text);
    EXPECT_THAT(FitFrom(folder_ / "run", {}).status().message(),
                HasSubstr("plan.json is damaged"))
        << text;
  }
}

TEST_F(StagesTest, TransformsAFileForAFile) {
  PutFeatures("rows", 0);
  PutFeatures("rows", 1);
  TransformOptions options;
  options.csv = options.npz = true;
  KeepingSink sink;
  options.sink = &sink;
  auto rows = TransformRows(Fit(2), folder_ / "rows", folder_ / "out", options);
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_EQ(*rows, 18);
  EXPECT_EQ(sink.kinds().size(), 2U);
  auto out = Open("out");
  EXPECT_EQ(Tree(out.get()).size(), 6U);
  auto reduced = table::ReadReduced(out.get(), ReducedFile(0, 1, "parquet"));
  ASSERT_TRUE(reduced.ok()) << reduced.status();
  EXPECT_EQ(reduced->k, 2);
  EXPECT_EQ(reduced->paths.front(), "p0");
}

TEST_F(StagesTest, WhatCannotBeTransformedIsNamed) {
  EXPECT_THAT(
      TransformRows(Fit(), folder_ / "none", folder_ / "out", {}).status().message(),
      HasSubstr("--keep-features no"));
  PutFeatures("wide", 0, 5);
  EXPECT_THAT(
      TransformRows(Fit(), folder_ / "wide", folder_ / "out", {}).status().message(),
      HasSubstr("rows of 5 numbers, the reducer needs 4"));
}

}  // namespace
}  // namespace pomona::job
