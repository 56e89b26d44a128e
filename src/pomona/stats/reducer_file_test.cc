// SPDX-License-Identifier: Apache-2.0
#include <functional>
#include <limits>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "pomona/base/safetensors.h"
#include "pomona/stats/reducer.h"

#include "tests/contract/example_reducer.h"

namespace pomona::stats {
namespace {

Reducer Example() {
  Reducer r = pomona::test::ExampleReducer(Convention::kSklearn);
  r.center = false;
  r.metadata = {{"contract", "{\"width\":100}"}, {"network", "ab12"}};
  return r;
}

TEST(ReducerFile, RoundTrip) {
  const Reducer r = Example();
  const std::string file = r.ToSafetensors().ValueOrDie();
  const Reducer back = Reducer::FromSafetensors(file).ValueOrDie();
  EXPECT_EQ(back.ToSafetensors().ValueOrDie(), file);
  EXPECT_EQ(back.convention, r.convention);
  EXPECT_EQ(back.center, r.center);
  EXPECT_EQ(back.count, r.count);
  EXPECT_EQ(back.components, r.components);
  EXPECT_EQ(back.eigenvalues, r.eigenvalues);
  EXPECT_EQ(back.total_variance, r.total_variance);
  EXPECT_EQ(back.method, r.method);
  EXPECT_EQ(back.metadata, r.metadata);
}

TEST(ReducerFile, JsonTellsTheSame) {
  const auto json = nlohmann::json::parse(Example().ToJson());
  EXPECT_EQ(json["convention"], "sklearn");
  EXPECT_EQ(json["center"], false);
  EXPECT_EQ(json["subtracts_mean"], true);
  EXPECT_EQ(json["columns"], 3);
  EXPECT_EQ(json["components"], 2);
  EXPECT_EQ(json["rows"], 12);
  EXPECT_EQ(json["total_variance"], 2.0);
  EXPECT_EQ(json["eigenvalues"], (std::vector<double>{1.9, 0.1, 0}));
  EXPECT_EQ(json["explained_variance_ratio"][0], 0.95);
  EXPECT_EQ(json["metadata"]["network"], "ab12");
}

// Every way to be inconsistent: what is done to a good reducer, and the field that the
// error names.
TEST(ReducerFile, InconsistentReducersAreRefused) {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  struct {
    std::function<void(Reducer*)> spoil;
    const char* names;
  } const cases[] = {
      {[](Reducer* r) { r->mean.pop_back(); }, "mean"},
      {[](Reducer* r) { r->scale.push_back(1); }, "scale"},
      {[](Reducer* r) { r->scale[1] = -1; }, "scales"},
      {[](Reducer* r) { r->components.clear(); }, "components"},
      {[](Reducer* r) { r->components.pop_back(); }, "components"},
      {[](Reducer* r) { r->components[2] = kNan; }, "components"},
      {[](Reducer* r) { r->eigenvalues.resize(1); }, "eigenvalues"},
      {[](Reducer* r) { r->eigenvalues.resize(4); }, "eigenvalues"},
      {[](Reducer* r) { r->eigenvalues = {1, 2, 0}; }, "eigenvalues"},
      {[](Reducer* r) { r->total_variance = kNan; }, "total_variance"},
      {[](Reducer* r) { r->dim = 0; }, "columns"},
  };
  for (const auto& c : cases) {
    Reducer r = Example();
    c.spoil(&r);
    EXPECT_NE(r.Validate().message().find(c.names), std::string::npos) << r.Validate();
    EXPECT_FALSE(r.ToSafetensors().ok());
    EXPECT_FALSE(Transformer::Make(r).ok());
  }
}

// The same for files: changes of a good file's tensors and metadata.
TEST(ReducerFile, InconsistentFilesAreRefused) {
  const std::string good = Example().ToSafetensors().ValueOrDie();
  struct {
    std::function<void(Safetensors*)> spoil;
    const char* names;
  } const cases[] = {
      {[](Safetensors* f) { f->metadata.erase("format"); }, "format"},
      {[](Safetensors* f) { f->metadata["version"] = "9"; }, "version 9"},
      {[](Safetensors* f) { f->metadata["convention"] = "R"; }, "convention"},
      {[](Safetensors* f) { f->metadata["center"] = "yes"; }, "center"},
      {[](Safetensors* f) { f->metadata["count"] = "12x"; }, "count"},
      {[](Safetensors* f) { f->metadata["count"] = "-1"; }, "count"},
      {[](Safetensors* f) { f->metadata.erase("method"); }, "method"},
      {[](Safetensors* f) { f->tensors.erase("mean"); }, "mean"},
      {[](Safetensors* f) { f->tensors["mean"] = f->tensors["components"]; }, "mean"},
      {[](Safetensors* f) { f->tensors["components"].shape = {3, 2}; }, "components"},
      {[](Safetensors* f) { f->tensors["total_variance"] = f->tensors["mean"]; },
       "total_variance"},
      {[](Safetensors* f) { f->tensors["mean"].dtype = "I64"; }, "mean"},
  };
  for (const auto& c : cases) {
    Safetensors file = ParseSafetensors(good).ValueOrDie();
    file.metadata.erase("sha256");
    c.spoil(&file);
    const Status status =
        Reducer::FromSafetensors(SerializeSafetensors(file).ValueOrDie()).status();
    EXPECT_TRUE(status.IsInvalid()) << c.names;
    EXPECT_NE(status.message().find(c.names), std::string::npos) << status;
  }
  std::string flipped = good;
  flipped[good.size() - 3] ^= 1;
  EXPECT_NE(Reducer::FromSafetensors(flipped).status().message().find("sha256 differs"),
            std::string::npos);
  for (size_t n = 0; n < good.size(); n += 7) {
    EXPECT_FALSE(Reducer::FromSafetensors(good.substr(0, n)).ok()) << n;
  }
}

}  // namespace
}  // namespace pomona::stats
