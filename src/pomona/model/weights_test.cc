// SPDX-License-Identifier: Apache-2.0
#include "pomona/model/weights.h"

#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "pomona/base/asset.h"
#include "pomona/base/hash.h"
#include "pomona/base/safetensors.h"
#include "pomona/model/hdf5_file.h"

namespace pomona::model {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::string kGolden = POMONA_SOURCE_DIR "/tests/golden/model/";

BackboneOptions FirstLayerFrom(const std::string& weights) {
  BackboneOptions options;
  options.layer = "block1_conv1";
  options.weights = weights;
  return options;
}

std::string Message(const std::string& weights) {
  return LoadBackbone(FirstLayerFrom(weights)).status().message();
}

// A file in a folder of its own, removed at the end.
class TempFile {
 public:
  TempFile(const std::string& name, std::string_view bytes) {
    std::string folder = std::filesystem::temp_directory_path() / "pomona-weights-XXXXXX";
    folder_ = mkdtemp(folder.data());
    path_ = folder_ / name;
    std::filesystem::create_directories(path_.parent_path());
    std::ofstream(path_, std::ios::binary) << bytes;
  }
  ~TempFile() { std::filesystem::remove_all(folder_); }
  TempFile(const TempFile&) = delete;
  std::string path() const { return path_.string(); }
  std::string folder() const { return folder_.string(); }

 private:
  std::filesystem::path folder_;
  std::filesystem::path path_;
};

std::string ReadAll(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

template <typename T>
std::string_view BytesOf(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

// A safetensors file with the first convolution alone.
std::string OneConv(const std::string& kernel_name, const std::vector<int64_t>& shape,
                    const std::string& bias_name, const std::vector<float>& wei,
                    const std::vector<float>& bia) {
  Safetensors content;
  content.tensors[kernel_name] = {"F32", shape, BytesOf(wei)};
  content.tensors[bias_name] = {"F32", {static_cast<int64_t>(bia.size())}, BytesOf(bia)};
  return SerializeSafetensors(content).ValueOrDie();
}

std::vector<float> Counting(size_t count) {
  std::vector<float> values(count);
  for (size_t i = 0; i < count; ++i) values[i] = static_cast<float>(i);
  return values;
}

const std::vector<float> kBias(64, 0.5F);

TEST(Weights, TheBuiltInFileIsKerasVgg16) {
  const Backbone backbone = LoadBackbone({}).ValueOrDie();
  EXPECT_EQ(backbone.weights.kind, WeightsKind::kImagenet);
  EXPECT_EQ(backbone.weights.source, "imagenet (built in)");
  ASSERT_EQ(backbone.weights.convs.size(), 13U);
  size_t numbers = 0;
  for (const ConvWeights& c : backbone.weights.convs)
    numbers += c.wei.size() + c.bia.size();
  EXPECT_EQ(numbers, 14'714'688U);
}

TEST(Weights, ADamagedOrShortBuiltInFileIsRefused) {
  std::string bytes =
      ReadAll(AssetPath("weights/vgg16-imagenet.safetensors").ValueOrDie());
  const auto message = [](const std::string& content) {
    const TempFile file("weights/vgg16-imagenet.safetensors", content);
    setenv("POMONA_ASSETS", file.folder().c_str(), 1);
    const Status status = LoadBackbone({}).status();
    unsetenv("POMONA_ASSETS");
    return status.message();
  };
  EXPECT_THAT(message(bytes.substr(0, 1'000'000)),
              AllOf(HasSubstr("vgg16-imagenet.safetensors is cut short"),
                    HasSubstr("1000000 bytes found, 58861336 needed")));
  bytes[40'000'000] ^= 1;
  EXPECT_THAT(message(bytes), AllOf(HasSubstr("damaged"), HasSubstr("found"),
                                    HasSubstr("8a51c08b"), HasSubstr("needed")));
}

// --- HDF5

TEST(Weights, KerasFilesGiveTheirFirstKernel) {
  const auto numbers = nlohmann::json::parse(ReadAll(kGolden + "weights.json"));
  ASSERT_EQ(numbers.size(), 4U);
  for (const auto& [name, want] : numbers.items()) {
    const auto backbone = LoadBackbone(FirstLayerFrom(kGolden + name));
    ASSERT_TRUE(backbone.ok()) << name << ": " << backbone.status();
    EXPECT_EQ(backbone->weights.kind, WeightsKind::kFile);
    EXPECT_EQ(backbone->weights.source, name);
    EXPECT_EQ(backbone->weights.sha256, HexSha256(ReadAll(kGolden + name)));
    const std::vector<float>& wei = backbone->weights.convs.at(0).wei;
    ASSERT_EQ(wei.size(), 64U * 27);
    for (size_t o = 0; o < want.size(); ++o) {  // HWIO 0,0,0,o is OIHW o,0,0,0
      EXPECT_EQ(wei[o * 27], want[o].get<float>()) << name;
    }
  }
}

TEST(Weights, Keras3ConvolutionsAreSortedByNumber) {
  const Hdf5Lock lock;
  for (const char* name : {"keras3.weights.h5", "keras3_nested.weights.h5"}) {
    const auto convs = ReadHdf5Convs(kGolden + name, "vgg16").ValueOrDie();
    ASSERT_EQ(convs.size(), 13U);
    for (size_t i = 1; i < convs.size(); ++i) {
      EXPECT_EQ(convs[i].bia.shape.at(0), static_cast<int64_t>(i + 1)) << name;
    }
  }
}

TEST(Weights, FilesOfOtherNetworksNameLayerAndShapes) {
  BackboneOptions options = FirstLayerFrom(kGolden + "keras3.weights.h5");
  options.layer = "block1_conv2";
  EXPECT_THAT(LoadBackbone(options).status().message(),
              AllOf(HasSubstr("keras3.weights.h5"), HasSubstr("layer block1_conv2"),
                    HasSubstr("shape (3, 3, 64, 2) found"),
                    HasSubstr("(3, 3, 64, 64) or (64, 64, 3, 3) needed")));
  options.weights = kGolden + "classic.h5";
  EXPECT_THAT(
      LoadBackbone(options).status().message(),
      AllOf(HasSubstr("classic.h5"), HasSubstr("no weights for layer block1_conv2"),
            HasSubstr("(3, 3, 64, 64) needed")));
  EXPECT_THAT(Message(kGolden + "keras3_two.weights.h5"),
              AllOf(HasSubstr("13 convolutions"), HasSubstr("2 in /layers")));
}

TEST(Weights, AnHdf5FileCutShortIsRefused) {
  const std::string whole = ReadAll(kGolden + "keras3.weights.h5");
  for (size_t size : {size_t{9}, size_t{600}, whole.size() / 2, whole.size() - 1}) {
    const TempFile file("short.weights.h5", whole.substr(0, size));
    EXPECT_THAT(Message(file.path()),
                AllOf(HasSubstr("short.weights.h5"), HasSubstr("cut short or damaged")))
        << size;
  }
}

// --- safetensors

TEST(Weights, SafetensorsNamesAndLayouts) {
  const std::vector<float> wei = Counting(64U * 27);
  const auto load = [&](const char* kernel, const char* bias,
                        std::vector<int64_t> shape) {
    const TempFile file("x.safetensors", OneConv(kernel, shape, bias, wei, kBias));
    return LoadBackbone(FirstLayerFrom(file.path())).ValueOrDie().weights.convs.at(0);
  };
  EXPECT_EQ(load("features.0.weight", "features.0.bias", {64, 3, 3, 3}).wei, wei);
  EXPECT_EQ(load("block1_conv1.kernel", "block1_conv1.bias", {64, 3, 3, 3}).wei, wei);
  const ConvWeights hwio =
      load("vgg16/block1_conv1/kernel:0", "vgg16/block1_conv1/bias:0", {3, 3, 3, 64});
  EXPECT_EQ(hwio.bia, kBias);
  // OIHW (o, i, h, w) is HWIO (h, w, i, o).
  EXPECT_EQ(hwio.wei[((5 * 3 + 2) * 3 + 1) * 3 + 0], wei[((1 * 3 + 0) * 3 + 2) * 64 + 5]);
}

TEST(Weights, NotFiniteNumbersAreRefusedByLayer) {
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), HUGE_VALF}) {
    std::vector<float> wei = Counting(64U * 27);
    wei[100] = bad;
    const TempFile file("nan.safetensors", OneConv("features.0.weight", {64, 3, 3, 3},
                                                   "features.0.bias", wei, kBias));
    EXPECT_THAT(Message(file.path()),
                AllOf(HasSubstr("nan.safetensors"), HasSubstr("layer block1_conv1"),
                      HasSubstr("element 100 is")));
  }
}

TEST(Weights, BadFilesSayWhatIsWrong) {
  const std::vector<float> wei = Counting(64U * 27);
  const std::string good =
      OneConv("features.0.weight", {64, 3, 3, 3}, "features.0.bias", wei, kBias);
  const struct {
    const char* name;
    std::string bytes;
    const char* message;
  } cases[] = {
      {"empty", "", "the file is empty"},
      {"text", "these are no weights", "not Keras HDF5, safetensors or ONNX"},
      {"model.keras", "PK\x03\x04 and so on", "zip archive"},
      {"short.safetensors", good.substr(0, 3000), "cut short"},
      {"other.safetensors",
       OneConv("conv.weight", {64, 3, 3, 3}, "conv.bias", wei, kBias), "Keras"},
      {"bias.safetensors",
       OneConv("features.0.weight", {64, 3, 3, 3}, "features.0.bias", wei, {1.0F}),
       "shape (1,) found, (64,) needed"},
      {"nobias.safetensors",
       OneConv("features.0.weight", {64, 3, 3, 3}, "classifier.0.bias", wei, kBias),
       "layer block1_conv1 has no bias"},
      {"vgg19.safetensors",
       OneConv("block3_conv4.kernel", {64, 3, 3, 3}, "block3_conv4.bias", wei, kBias),
       "block3_conv4, which VGG16 has not"},
  };
  for (const auto& c : cases) {
    const TempFile file(c.name, c.bytes);
    EXPECT_THAT(Message(file.path()), AllOf(HasSubstr(c.name), HasSubstr(c.message)));
  }
  EXPECT_THAT(Message("/no/such.h5"),
              AllOf(HasSubstr("/no/such.h5"), HasSubstr("No such")));
  EXPECT_THAT(Message("/"), HasSubstr("not a regular file"));
}

// torchvision counts ReLUs and pools too: VGG11's second convolution is number 3.
TEST(Weights, TorchvisionsNumbersDependOnTheNetwork) {
  const std::vector<float> first = Counting(64 * 27);
  const std::vector<float> second = Counting(128 * 64 * 9);
  const std::vector<float> bias(128, 1.0F);
  const std::vector<float> short_bias(64, 1.0F);
  Safetensors content;
  content.tensors["features.0.weight"] = {"F32", {64, 3, 3, 3}, BytesOf(first)};
  content.tensors["features.0.bias"] = {"F32", {64}, BytesOf(short_bias)};
  content.tensors["features.3.weight"] = {"F32", {128, 64, 3, 3}, BytesOf(second)};
  content.tensors["features.3.bias"] = {"F32", {128}, BytesOf(bias)};
  const TempFile file("vgg11.safetensors", SerializeSafetensors(content).ValueOrDie());
  BackboneOptions options = FirstLayerFrom(file.path());
  options.layer = "block2_conv1";
  EXPECT_THAT(LoadBackbone(options).status().message(),
              HasSubstr("no weights for layer block1_conv2"));
  options.model = "vgg11";
  EXPECT_EQ(LoadBackbone(options)->weights.convs.at(1).wei, second);
}

TEST(Weights, TheWholeKerasFileIsTheBuiltInOne) {
  const char* shared = std::getenv("POMONA_SHARED");
  if (shared == nullptr) GTEST_SKIP() << "POMONA_SHARED is not set";
  BackboneOptions options;
  options.weights = std::string(shared) +
                    "/data/weights/vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5";
  const Backbone file = LoadBackbone(options).ValueOrDie();
  const Backbone built_in = LoadBackbone({}).ValueOrDie();
  for (size_t i = 0; i < 13; ++i) {
    EXPECT_EQ(file.weights.convs[i].wei, built_in.weights.convs[i].wei);
    EXPECT_EQ(file.weights.convs[i].bia, built_in.weights.convs[i].bia);
  }
}

// --- Random

TEST(RandomWeights, AreGlorotUniformWithZeroBiases) {
  const auto convs = RandomConvs(Vgg16Layers(), 42);
  ASSERT_EQ(convs.size(), 13U);
  size_t at = 0;
  for (const Layer& layer : Vgg16Layers()) {
    if (layer.kind != LayerKind::kConv3x3Relu) continue;
    const ConvWeights& c = convs[at++];
    const double n = static_cast<double>(c.wei.size());
    const double limit = std::sqrt(
        6.0 / static_cast<double>(9 * (layer.in_channels + layer.out_channels)));
    double sum = 0;
    double squares = 0;
    double largest = 0;
    for (float x : c.wei) {
      sum += x;
      squares += static_cast<double>(x) * x;
      largest = std::max(largest, std::abs(static_cast<double>(x)));
    }
    // Five standard errors of the mean and of the variance of a uniform distribution.
    EXPECT_LT(std::abs(sum / n), 5 * limit / std::sqrt(3 * n)) << layer.name;
    EXPECT_NEAR(squares / n / (limit * limit / 3), 1, 5 * std::sqrt(0.8 / n))
        << layer.name;
    EXPECT_LE(largest, limit * (1 + 1e-6));
    EXPECT_GT(largest, limit * 0.99);
    EXPECT_EQ(c.bia, std::vector<float>(static_cast<size_t>(layer.out_channels)));
  }
}

TEST(RandomWeights, AreTheSameOnEveryMachineAndDifferBySeed) {
  BackboneOptions options = FirstLayerFrom("none");
  const Backbone backbone = LoadBackbone(options).ValueOrDie();
  EXPECT_EQ(backbone.weights.kind, WeightsKind::kRandom);
  EXPECT_EQ(backbone.weights.source, "random weights (seed 42)");
  // The same recipe in numpy gave this hash.
  EXPECT_EQ(backbone.weights.sha256,
            "5ad7e69ee52ea99677be15eec21809217ead240fd51d4ced6eb91bac8f510696");
  // The tap does not move the numbers; the seed does.
  EXPECT_EQ(backbone.weights.convs[0].wei, RandomConvs(Vgg16Layers(), 42)[0].wei);
  options.seed = 43;
  EXPECT_NE(LoadBackbone(options)->weights.sha256, backbone.weights.sha256);
}

}  // namespace
}  // namespace pomona::model
