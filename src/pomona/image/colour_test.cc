// SPDX-License-Identifier: Apache-2.0
// Against NumPy: tests/golden/image/make_colour.py.
#include "pomona/image/colour.h"

#include <cmath>
#include <fstream>
#include <iterator>
#include <numeric>
#include <string>

#include <gtest/gtest.h>

#include "pomona/base/safetensors.h"

namespace pomona::image {
namespace {

class Colour : public ::testing::Test {
 protected:
  void SetUp() override {
    std::ifstream file(POMONA_SOURCE_DIR "/tests/golden/image/colour.safetensors",
                       std::ios::binary);
    bytes_.assign(std::istreambuf_iterator<char>(file), {});
    golden_ = ParseSafetensors(bytes_).ValueOrDie();
  }
  std::vector<uint8_t> Bytes(const std::string& name) const {
    const TensorView& tensor = golden_.tensors.at(name);
    return {tensor.data.begin(), tensor.data.end()};
  }
  Image Picture(const std::string& name) const {
    const TensorView& tensor = golden_.tensors.at(name + ".pixels");
    return {tensor.shape[1], tensor.shape[0], Bytes(name + ".pixels")};
  }

  std::string bytes_;
  Safetensors golden_;
};

TEST_F(Colour, AgreesWithNumPy) {
  for (const char* name : {"fruit", "scene", "large", "dot", "noise", "grey", "pixel"}) {
    const auto want = golden_.tensors.at(std::string(name) + ".colour").ToFloat32();
    std::vector<float> got(kColourColumns, -1.0F);
    ASSERT_TRUE(DescribeColour(Picture(name), got.data()).ok());
    ASSERT_EQ(want->size(), got.size());
    for (size_t i = 0; i < got.size(); ++i) {
      EXPECT_NEAR((*want)[i], got[i], 1e-6) << name << " " << i;
    }
  }
}

TEST_F(Colour, MasksAgreeWithNumPy) {
  for (const char* name : {"fruit", "scene", "dot", "noise", "grey", "pixel"}) {
    EXPECT_EQ(Bytes(std::string(name) + ".mask"), FindFruit(Picture(name)).fruit) << name;
  }
  EXPECT_TRUE(FindFruit(Picture("dot")).plain);
  EXPECT_FALSE(FindFruit(Picture("noise")).plain);  // no background to be told
  EXPECT_FALSE(FindFruit(Picture("grey")).plain);   // nothing on it
}

TEST_F(Colour, GreyWorldBringsMeansTogether) {
  Image scene = Picture("scene");
  BalanceGreyWorld(&scene);
  EXPECT_EQ(Bytes("scene.balanced"), scene.pixels);
  Image red{1, 2, {200, 0, 0, 100, 0, 0}};  // gains end at 1/2
  BalanceGreyWorld(&red);
  EXPECT_EQ(red.pixels, (std::vector<uint8_t>{100, 0, 0, 50, 0, 0}));
}

}  // namespace
}  // namespace pomona::image
