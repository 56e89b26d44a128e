// SPDX-License-Identifier: Apache-2.0
#include "pomona/base/safetensors.h"

#include <cmath>
#include <cstring>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pomona {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string File(const std::string& header, std::string_view data) {
  const uint64_t length = header.size();
  std::string file(8, '\0');
  std::memcpy(file.data(), &length, 8);
  return file + header + std::string(data);
}

template <typename T>
std::string Bytes(std::vector<T> values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

TEST(Safetensors, RoundTripKeepsTensorsAndMetadata) {
  const std::string weights = Bytes<float>({1.5F, -2.0F, 3.0F, 0.0F, 5.0F, 6.0F});
  const std::string mean = Bytes<double>({0.1, 0.2});
  Safetensors content;
  content.tensors["weights"] = {"F32", {2, 3}, weights};
  content.tensors["a mean, é"] = {"F64", {2}, mean};
  content.tensors["none"] = {"F32", {0, 7}, {}};
  content.tensors["scalar"] = {"F64", {}, std::string_view(mean).substr(8)};
  content.metadata["format"] = "test";
  const std::string file = SerializeSafetensors(content).ValueOrDie();
  EXPECT_EQ(file, SerializeSafetensors(content).ValueOrDie());

  const Safetensors read = ParseSafetensors(file).ValueOrDie();
  EXPECT_EQ(read.metadata, content.metadata);
  ASSERT_EQ(read.tensors.size(), 4U);
  EXPECT_EQ(read.tensors.at("weights").shape, (std::vector<int64_t>{2, 3}));
  EXPECT_EQ(read.tensors.at("weights").data, weights);
  EXPECT_THAT(read.tensors.at("a mean, é").ToFloat64().ValueOrDie(),
              ElementsAre(0.1, 0.2));
  EXPECT_EQ(read.tensors.at("scalar").num_elements(), 1);
  EXPECT_THAT(read.tensors.at("none").ToFloat32().ValueOrDie(), ElementsAre());
}

TEST(Safetensors, ReadsAFileWithoutPaddingAndOutOfNameOrder) {
  const std::string file =
      File(R"({"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},)"
           R"("a":{"data_offsets":[4,6],"shape":[1,1],"dtype":"BF16"}} )",
           Bytes<float>({7.0F}) + Bytes<uint16_t>({0x3F80}));
  const Safetensors read = ParseSafetensors(file).ValueOrDie();
  EXPECT_THAT(read.tensors.at("b").ToFloat32().ValueOrDie(), ElementsAre(7.0F));
  EXPECT_THAT(read.tensors.at("a").ToFloat32().ValueOrDie(), ElementsAre(1.0F));
}

TEST(Safetensors, ConvertsEveryHalfExactly) {
  // IEEE 754-2019, 3.6: binary16 values with their bits.
  const std::string data =
      Bytes<uint16_t>({0x0000, 0x8000, 0x3C00, 0xC000, 0x7BFF, 0x0400, 0x0001, 0x03FF,
                       0x8001, 0x7C00, 0xFC00, 0x3555});
  const TensorView view{"F16", {12}, data};
  const std::vector<float> x = view.ToFloat32().ValueOrDie();
  EXPECT_TRUE(x[1] == 0.0F && std::signbit(x[1]));
  EXPECT_THAT(
      x, ElementsAre(0.0F, -0.0F, 1.0F, -2.0F, 65504.0F, 0x1p-14F, 0x1p-24F, 0x1.FF8p-15F,
                     -0x1p-24F, HUGE_VALF, -HUGE_VALF, 0.333251953125F));
  const std::string nan = Bytes<uint16_t>({0x7E00});
  EXPECT_TRUE(std::isnan((TensorView{"F16", {1}, nan}).ToFloat32().ValueOrDie()[0]));
}

TEST(Safetensors, ConversionsRefuseOtherDtypesAndWrongSizes) {
  const std::string data(8, '\0');
  EXPECT_FALSE((TensorView{"I64", {1}, data}).ToFloat32().ok());
  EXPECT_FALSE((TensorView{"F16", {4}, data}).ToFloat64().ok());
  EXPECT_FALSE((TensorView{"F32", {3}, data}).ToFloat32().ok());
  EXPECT_FALSE((TensorView{"F32", {-2}, data}).ToFloat32().ok());
  EXPECT_FALSE((TensorView{"F32", {INT64_MAX, 4}, data}).ToFloat32().ok());
  Safetensors content;
  content.tensors["x"] = {"F32", {3}, data};
  EXPECT_THAT(SerializeSafetensors(content).status().message(), HasSubstr("'x'"));
}

struct BadFile {
  const char* name;
  std::string file;
  const char* message;
};

std::vector<BadFile> BadFiles() {
  const auto tensor = [](const std::string& body) {
    return File("{\"t\":{" + body + "}}", std::string(8, '\0'));
  };
  const std::string deep = File(std::string(50'000, '['), "");
  const std::string deep_inside =
      File("{\"t\":{\"shape\":" + std::string(50'000, '['), "");
  return {
      {"empty", "", "too short"},
      {"seven bytes", std::string(7, '\0'), "too short"},
      {"no header", File("", ""), "no header"},
      {"header beyond the end", std::string("\x40\0\0\0\0\0\0\0{}", 10), "cut short"},
      {"huge header", std::string(16, '\xFF'), "header too long"},
      {"an array", deep, "no header"},
      {"deep nesting", deep_inside, "array where none"},
      {"bad JSON", File("{\"t\" 1}", ""), "bad JSON"},
      {"bad UTF-8", File("{\"\xFF\":{}}", ""), "bad JSON"},
      {"text after", File("{} x", ""), "bad JSON"},
      {"no dtype", tensor(R"("shape":[2],"data_offsets":[0,8])"), "no dtype"},
      {"no shape", tensor(R"("dtype":"F32","data_offsets":[0,8])"), "no shape"},
      {"no offsets", tensor(R"("dtype":"F32","shape":[2])"), "no data_offsets"},
      {"one offset", tensor(R"("dtype":"F32","shape":[2],"data_offsets":[0])"),
       "no data_offsets"},
      {"unknown dtype", tensor(R"("dtype":"F31","shape":[2],"data_offsets":[0,8])"),
       "unknown dtype 'F31'"},
      {"backwards", tensor(R"("dtype":"F32","shape":[2],"data_offsets":[8,0])"),
       "backwards"},
      {"beyond the end", tensor(R"("dtype":"F32","shape":[4],"data_offsets":[0,16])"),
       "cut short"},
      {"wrong size", tensor(R"("dtype":"F32","shape":[3],"data_offsets":[0,8])"),
       "do not fit"},
      {"overflow",
       tensor(R"("dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,8])"),
       "do not fit"},
      {"overflow to zero, then zero",
       tensor(R"("dtype":"F32","shape":[18446744073709551615,0],"data_offsets":[0,0])"),
       "do not fit"},
      {"overflow of signed numbers",
       tensor(R"("dtype":"U8","shape":[4611686018427387904,2,0],"data_offsets":[0,0])"),
       "do not fit"},
      {"negative", tensor(R"("dtype":"F32","shape":[-2],"data_offsets":[0,8])"),
       "negative"},
      {"fraction", tensor(R"("dtype":"F32","shape":[2.0],"data_offsets":[0,8])"),
       "not whole"},
      {"unread data", tensor(R"("dtype":"F32","shape":[1],"data_offsets":[0,4])"),
       "end at byte 4 of 8"},
      {"hole", tensor(R"("dtype":"F32","shape":[1],"data_offsets":[4,8])"), "hole"},
      {"overlap",
       File(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},)"
            R"("b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})",
            std::string(4, '\0')),
       "overlap"},
      {"twice",
       File(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},)"
            R"("a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}})",
            "xy"),
       "twice"},
      {"field twice",
       tensor(R"("dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8])"),
       "a text where"},
      {"foreign field", tensor(R"("dtype":"F32","x":[2],"data_offsets":[0,8])"),
       "unexpected"},
      {"null", File("{\"t\":null}", ""), "null"},
      {"metadata of numbers", File("{\"__metadata__\":{\"a\":1}}", ""), "a number"},
  };
}

TEST(Safetensors, BadFilesAreRefusedWithTheReason) {
  for (const BadFile& bad : BadFiles()) {
    const Status status = ParseSafetensors(bad.file).status();
    EXPECT_TRUE(status.IsInvalid()) << bad.name;
    EXPECT_THAT(status.message(), HasSubstr(bad.message)) << bad.name;
  }
}

TEST(Safetensors, EveryCutOfAFileIsRefused) {
  const std::string data = Bytes<float>({1.0F, 2.0F});
  Safetensors content;
  content.tensors["x"] = {"F32", {2}, data};
  const std::string file = SerializeSafetensors(content).ValueOrDie();
  for (size_t size = 0; size < file.size(); ++size) {
    // A copy of its own, so that an address sanitizer sees a read beyond the cut.
    const std::string cut = file.substr(0, size);
    EXPECT_FALSE(ParseSafetensors(cut).ok()) << size;
  }
}

}  // namespace
}  // namespace pomona
