// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <cstring>
#include <limits>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "pomona/image/preprocess.h"

namespace pomona::image {
namespace {

using testing::HasSubstr;

PreprocessContract Custom() {
  PreprocessContract c;
  c.decoder = "libjpeg-turbo 2.1.5";
  c.apply_orientation = false;
  c.width = 224;
  c.height = 160;
  c.filter = Filter::kLanczos;
  c.fit = Fit::kPad;
  c.pad_color = {1, 2, 3};
  c.normalization = {"custom", true, 1 / 128.0F, {0.1F, 0.2F, -0.3F}, {0.5F, 2, 3}};
  return c;
}

TEST(Contract, JsonIsCanonicalAndReadable) {
  PreprocessContract c;
  c.decoder = "d";
  EXPECT_EQ(c.ToJson(),
            R"({"apply_orientation":true,"decoder":"d","filter":"bilinear",)"
            R"("fit":"stretch","height":100,"layout":"NCHW","normalization":)"
            R"({"mean":[103.939,116.779,123.68],"name":"caffe","order":"BGR",)"
            R"("scale":1.0,"std":[1.0,1.0,1.0]},"pad_color":[255,255,255],"width":100})");
}

TEST(Contract, JsonRoundTrips) {
  for (const auto& c : {PreprocessContract{}, Custom()}) {
    const auto back = PreprocessContract::FromJson(c.ToJson());
    ASSERT_TRUE(back.ok()) << back.status().ToString();
    EXPECT_EQ(*back, c);
    EXPECT_EQ(back->ToJson(), c.ToJson());
  }
}

TEST(Contract, FloatsKeepEveryBit) {
  std::mt19937 random(7);
  PreprocessContract c = Custom();
  for (int i = 0; i < 2000; ++i) {
    const uint32_t bits = random();
    std::memcpy(&c.normalization.mean[0], &bits, sizeof(bits));
    if (!std::isfinite(c.normalization.mean[0])) continue;
    const auto back = PreprocessContract::FromJson(c.ToJson());
    ASSERT_TRUE(back.ok()) << back.status().ToString();
    ASSERT_EQ(*back, c);
  }
}

TEST(Contract, DifferenceNamesFieldsAndValues) {
  PreprocessContract a;
  EXPECT_EQ(a.Difference(a), "");
  PreprocessContract b = a;
  b.filter = Filter::kLanczos;
  EXPECT_EQ(a.Difference(b), "filter: bilinear here, lanczos there");
  b.normalization = Normalization::Named("tf").ValueOrDie();
  EXPECT_THAT(a.Difference(b), HasSubstr("normalization.name: caffe here, tf there"));
  EXPECT_THAT(a.Difference(b), HasSubstr("; normalization.order: BGR here, RGB there"));
}

TEST(Contract, ValidateNamesTheField) {
  struct Case {
    const char* says;
    void (*spoil)(PreprocessContract*);
  };
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  const Case cases[] = {
      {"width", [](PreprocessContract* c) { c->width = 0; }},
      {"height", [](PreprocessContract* c) { c->height = 1 << 20; }},
      {"filter", [](PreprocessContract* c) { c->filter = static_cast<Filter>(9); }},
      {"fit", [](PreprocessContract* c) { c->fit = static_cast<Fit>(9); }},
      {"std", [](PreprocessContract* c) { c->normalization.std[1] = 0; }},
      {"mean", [](PreprocessContract* c) { c->normalization.mean[1] = kNan; }},
      {"scale", [](PreprocessContract* c) { c->normalization.scale = 0; }},
      {"call it custom", [](PreprocessContract* c) { c->normalization.bgr = false; }},
      {"\"keras\" is not known",
       [](PreprocessContract* c) { c->normalization.name = "keras"; }}};
  EXPECT_TRUE(PreprocessContract{}.Validate().ok());
  EXPECT_TRUE(Custom().Validate().ok());
  for (const Case& c : cases) {
    PreprocessContract contract;
    c.spoil(&contract);
    const Status status = contract.Validate();
    EXPECT_TRUE(status.IsInvalid()) << c.says;
    EXPECT_THAT(status.message(), HasSubstr(c.says));
    float dst[3];
    EXPECT_FALSE(Preprocess(Image{1, 1, {1, 2, 3}}, contract, dst).ok()) << c.says;
  }
}

TEST(Contract, FromJsonNamesWhatIsWrong) {
  struct Case {
    const char* pointer;
    nlohmann::json value;
    const char* says;
  };
  const Case cases[] = {
      {"/filter", "cubic", "filter must be nearest, bilinear, bicubic or lanczos"},
      {"/width", "100", "width must be an integer"},
      {"/width", 1e300, "width must be an integer"},
      {"/layout", "NHWC", "layout must be NCHW"},
      {"/pad_color", {0, 0, 256}, "pad_color must be three integers"},
      {"/pad_color", {0, 0}, "pad_color must be three numbers"},
      {"/normalization/mean", {"a", 0, 0}, "normalization.mean must be three numbers"},
      {"/normalization/std", {0, 1, 1}, "normalization.std"},
      {"/normalization", 5, "normalization must be an object"},
      {"/sharpen", true, "does not know"},
      {"/normalization/gamma", 2.2, "does not know"}};
  for (const Case& c : cases) {
    auto tree = nlohmann::json::parse(Custom().ToJson());
    tree[nlohmann::json::json_pointer(c.pointer)] = c.value;
    const auto result = PreprocessContract::FromJson(tree.dump());
    ASSERT_TRUE(result.status().IsInvalid()) << c.pointer;
    EXPECT_THAT(result.status().message(), HasSubstr(c.says));
  }
  for (const char* text : {"", "{", "[]", "null", "{}", "\xFF"}) {
    EXPECT_TRUE(PreprocessContract::FromJson(text).status().IsInvalid()) << text;
  }
}

// Contracts from before there were views, colour and white balance stay as they are.
TEST(Contract, WhatIsNotUsedIsNotWritten) {
  PreprocessContract contract;
  const std::string plain = contract.ToJson();
  for (const char* key : {"views", "colour", "white_balance", "regions"}) {
    EXPECT_EQ(plain.find(key), std::string::npos) << key;
  }
  EXPECT_EQ(PreprocessContract::FromJson(plain).ValueOrDie(), contract);
  PreprocessContract more = contract;
  more.views = Views::kSeven;
  more.colour = true;
  more.regions = RegionSet::kFruits;
  more.white_balance = WhiteBalance::kGreyWorld;
  EXPECT_EQ(PreprocessContract::FromJson(more.ToJson()).ValueOrDie(), more);
  EXPECT_EQ(more.Difference(contract),
            "colour: hsv-1 here, (absent) there; regions: fruits-1 here, (absent) there; "
            "views: seven here, (absent) there; "
            "white_balance: grey-world here, (absent) there");
  std::string other = more.ToJson();
  other.replace(other.find("hsv-1"), 5, "hsv-9");
  EXPECT_EQ(PreprocessContract::FromJson(other).status().message(),
            "preprocessing contract: colour must be hsv-1, not \"hsv-9\"");
}

}  // namespace
}  // namespace pomona::image
