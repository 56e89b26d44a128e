// SPDX-License-Identifier: Apache-2.0
// Resizing and fitting against Pillow; normalisation against its formula.
#include "pomona/image/preprocess.h"

#include <gtest/gtest.h>

#include "pomona/image/test_golden.h"

namespace pomona::image {
namespace {

using golden::Cases;
using golden::MaxDifference;
using golden::ReadFile;
using golden::ReadPpm;

Image Scene() {
  Image image;
  EXPECT_TRUE(Decode(ReadFile("source/scene.png"), {}, &image).ok());
  return image;
}

// The contract of a row of cases.json, without normalisation.
PreprocessContract ContractOf(const nlohmann::json& row) {
  PreprocessContract contract;
  auto tree = nlohmann::json::parse(contract.ToJson());
  for (const char* key : {"filter", "fit", "width", "height"}) tree[key] = row.at(key);
  contract = PreprocessContract::FromJson(tree.dump()).ValueOrDie();
  contract.pad_color = {255, 128, 0};
  contract.normalization = Normalization::Named("none").ValueOrDie();
  return contract;
}

// Planes of bytes as floats, back to interleaved pixels.
Image FromPlanes(const std::vector<float>& planes, int64_t width, int64_t height) {
  Image image{width, height, std::vector<uint8_t>(planes.size())};
  const size_t plane = planes.size() / 3;
  for (size_t i = 0; i < planes.size(); ++i) {
    image.pixels[i % plane * 3 + i / plane] = static_cast<uint8_t>(planes[i]);
  }
  return image;
}

TEST(Preprocess, ResizesAndFitsAsPillow) {
  const Image scene = Scene();
  for (const auto& row : Cases("resize")) {
    const std::string name = row.at("expect");
    SCOPED_TRACE(name);
    const PreprocessContract contract = ContractOf(row);
    const Image expected = ReadPpm("expected/" + name);
    std::vector<float> planes(static_cast<size_t>(3 * contract.width * contract.height));
    ASSERT_TRUE(Preprocess(scene, contract, planes.data()).ok());
    EXPECT_EQ(
        MaxDifference(FromPlanes(planes, contract.width, contract.height), expected), 0);
    if (contract.fit != Fit::kStretch) continue;
    Image resized;
    ASSERT_TRUE(
        Resize(scene, contract.width, contract.height, contract.filter, &resized).ok());
    EXPECT_EQ(MaxDifference(resized, expected), 0);
  }
}

TEST(Resize, ToTheSameSizeIsACopy) {
  const Image scene = Scene();
  for (Filter filter : {Filter::kNearest, Filter::kLanczos}) {
    Image out;
    ASSERT_TRUE(Resize(scene, scene.width, scene.height, filter, &out).ok());
    EXPECT_EQ(MaxDifference(out, scene), 0);
  }
}

TEST(Resize, RefusesSidesOutOfRangeAndBrokenImages) {
  Image out;
  EXPECT_TRUE(Resize(Scene(), 0, 5, Filter::kBilinear, &out).IsInvalid());
  EXPECT_TRUE(Resize(Scene(), 5, 2'000'000, Filter::kBilinear, &out).IsInvalid());
  Image broken{10, 10, {1, 2, 3}};
  EXPECT_TRUE(Resize(broken, 5, 5, Filter::kBilinear, &out).IsInvalid());
  EXPECT_TRUE(Resize(Image{}, 5, 5, Filter::kBilinear, &out).IsInvalid());
}

TEST(Resize, ExtremeShapes) {
  for (auto [width, height] : {std::pair<int64_t, int64_t>{100'000, 1}, {1, 100'000}}) {
    Image line{width, height, std::vector<uint8_t>(300'000, 77)};
    for (Filter filter :
         {Filter::kNearest, Filter::kBilinear, Filter::kBicubic, Filter::kLanczos}) {
      Image out;
      ASSERT_TRUE(Resize(line, 9, 11, filter, &out).ok());
      EXPECT_EQ(out.pixels, std::vector<uint8_t>(9 * 11 * 3, 77));
    }
    for (Fit fit : {Fit::kCrop, Fit::kPad}) {
      PreprocessContract contract;
      contract.fit = fit;
      std::vector<float> planes(3 * 100 * 100);
      EXPECT_TRUE(Preprocess(line, contract, planes.data()).ok());
    }
  }
}

struct NormCase {
  const char* name;
  size_t first_channel;  // of the source, in the first plane
  std::array<float, 3> mean;
  std::array<float, 3> std;
  float scale;
};

// Keras's preprocess_input in its three modes.
TEST(Preprocess, NormalisesAsKerasDoes) {
  const NormCase cases[] = {
      {"caffe", 2, {103.939F, 116.779F, 123.68F}, {1, 1, 1}, 1},
      {"tf", 0, {1, 1, 1}, {1, 1, 1}, 1 / 127.5F},
      {"torch", 0, {0.485F, 0.456F, 0.406F}, {0.229F, 0.224F, 0.225F}, 1 / 255.0F},
      {"none", 0, {0, 0, 0}, {1, 1, 1}, 1}};
  Image image{256, 1, std::vector<uint8_t>(256 * 3)};
  for (size_t i = 0; i < image.pixels.size(); ++i) {
    image.pixels[i] = static_cast<uint8_t>(i * 37);
  }
  for (const NormCase& c : cases) {
    SCOPED_TRACE(c.name);
    PreprocessContract contract;
    contract.width = 256;
    contract.height = 1;
    contract.normalization = Normalization::Named(c.name).ValueOrDie();
    std::vector<float> planes(256 * 3);
    ASSERT_TRUE(Preprocess(image, contract, planes.data()).ok());
    for (size_t p = 0; p < 3; ++p) {
      const size_t source = c.first_channel == 2 ? 2 - p : p;
      for (size_t x = 0; x < 256; ++x) {
        const double pixel = image.pixels[x * 3 + source];
        const double want = (pixel * c.scale - c.mean[p]) / c.std[p];
        ASSERT_NEAR(planes[p * 256 + x], want, 1e-6 * (1 + std::abs(want)));
      }
    }
  }
}

TEST(Preprocess, CaffeIsExact) {
  Image image{1, 1, {200, 100, 50}};
  PreprocessContract contract;
  contract.width = contract.height = 1;
  float dst[3];
  ASSERT_TRUE(Preprocess(image, contract, dst).ok());
  EXPECT_EQ(dst[0], 50.0F - 103.939F);
  EXPECT_EQ(dst[1], 100.0F - 116.779F);
  EXPECT_EQ(dst[2], 200.0F - 123.68F);
}

// 10 x 5 pixels that tell where they stand; crops are 6 x 3.
TEST(Views, ArePictureMirrorCornersAndCentre) {
  Image image{10, 5, {}};
  for (uint8_t y = 0; y < 5; ++y) {
    for (uint8_t x = 0; x < 10; ++x) image.pixels.insert(image.pixels.end(), {x, y, 7});
  }
  PreprocessContract contract;
  contract.width = 6;
  contract.height = 3;
  contract.filter = Filter::kNearest;
  contract.normalization = Normalization::Named("none").ValueOrDie();
  contract.views = Views::kSeven;
  const size_t floats = 3 * 6 * 3;
  std::vector<float> all(7 * floats, -1.0F);
  ASSERT_TRUE(PreprocessViews(image, contract, all.data()).ok());
  const auto pixel = [&](size_t view, size_t channel, size_t y, size_t x) {
    return all[view * floats + channel * 18 + y * 6 + x];
  };
  const int corners[5][2] = {{0, 0}, {4, 0}, {0, 2}, {4, 2}, {2, 1}};
  for (size_t y = 0; y < 3; ++y) {
    for (size_t x = 0; x < 6; ++x) {
      EXPECT_EQ(pixel(1, 0, y, x), pixel(0, 0, y, 5 - x));
      for (size_t c = 0; c < 5; ++c) {
        EXPECT_EQ(pixel(2 + c, 0, y, x),
                  static_cast<float>(corners[c][0]) + static_cast<float>(x));
        EXPECT_EQ(pixel(2 + c, 1, y, x),
                  static_cast<float>(corners[c][1]) + static_cast<float>(y));
      }
    }
  }
  std::vector<float> one(floats);
  contract.views = Views::kOne;
  ASSERT_TRUE(PreprocessViews(image, contract, one.data()).ok());
  EXPECT_EQ(one,
            std::vector<float>(all.begin(), all.begin() + static_cast<int64_t>(floats)));
}

}  // namespace
}  // namespace pomona::image
