// SPDX-License-Identifier: Apache-2.0
// Decoding against Pillow: tests/golden/image/make_images.py made files and pixels.
#include "pomona/image/image.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pomona/base/reject.h"
#include "pomona/image/test_golden.h"

namespace pomona::image {
namespace {

using golden::Cases;
using golden::MaxDifference;
using golden::ReadFile;
using golden::ReadPpm;

std::string CodeOf(const Status& status) {
  const auto reject = GetReject(status);
  return reject ? std::string(RejectCodeName(reject->code)) : status.ToString();
}

TEST(Decode, PixelsAreThoseOfPillow) {
  Image image;  // reused from picture to picture, as the job does
  for (const auto& row : Cases("decode")) {
    const std::string name = row.at("file");
    SCOPED_TRACE(name);
    const Status status = Decode(ReadFile("files/" + name), {}, &image);
    EXPECT_TRUE(status.ok()) << status.ToString();
    EXPECT_LE(MaxDifference(image, ReadPpm("expected/" + name + ".ppm")),
              row.at("tolerance").get<int>());
  }
}

TEST(ReadInfo, TellsFormatSizeAndOrientation) {
  for (const auto& row : Cases("decode")) {
    SCOPED_TRACE(row.at("file").get<std::string>());
    const auto bytes = ReadFile("files/" + row.at("file").get<std::string>());
    const auto info = ReadInfo(bytes);
    ASSERT_TRUE(info.ok()) << info.status().ToString();
    EXPECT_EQ(Sniff(bytes).ValueOrDie(), info->format);
    EXPECT_EQ(FormatName(info->format), row.at("format").get<std::string>());
    EXPECT_EQ(info->width, row.at("width").get<int64_t>());
    EXPECT_EQ(info->height, row.at("height").get<int64_t>());
    EXPECT_EQ(info->orientation, row.at("orientation").get<int>());
  }
}

TEST(Decode, BadPicturesAreRejectsThatSayWhy) {
  for (const auto& row : Cases("reject")) {
    SCOPED_TRACE(row.at("file").get<std::string>());
    const auto bytes = ReadFile("files/" + row.at("file").get<std::string>());
    Image image;
    const Status status = Decode(bytes, {}, &image);
    EXPECT_EQ(CodeOf(status), row.at("code").get<std::string>()) << status.message();
    EXPECT_THAT(status.message(), testing::HasSubstr(row.at("says").get<std::string>()));
    const auto info = ReadInfo(bytes);  // whatever it says, it does not crash
    EXPECT_TRUE(info.ok() || GetReject(info.status()).has_value());
  }
}

TEST(Decode, EveryCutOfAPictureIsAReject) {
  for (const char* name : {"jpeg_420.jpg", "jpeg_progressive.jpg", "jpeg_cmyk_adobe.jpg",
                           "png_rgb8.png", "png_rgba8_interlaced.png", "webp_lossy.webp",
                           "webp_lossless.webp", "webp_animation.webp"}) {
    const auto bytes = ReadFile(std::string("files/") + name);
    ASSERT_FALSE(bytes.empty()) << name;
    Image image;
    for (size_t size = 1; size < bytes.size(); size += size < 64 ? 1 : 37) {
      const Status status = Decode(std::span(bytes).first(size), {}, &image);
      EXPECT_TRUE(GetReject(status).has_value())
          << name << " cut to " << size << ": " << status.ToString();
    }
  }
}

TEST(Decode, LimitIsOnPixelsAndBindsBeforeAllocation) {
  for (const char* name : {"jpeg_420.jpg", "jpeg_progressive.jpg", "webp_lossy.webp"}) {
    const auto bytes = ReadFile(std::string("files/") + name);
    Image image;
    DecodeOptions options;
    options.max_pixels = 37 * 29;
    EXPECT_TRUE(Decode(bytes, options, &image).ok()) << name;
    options.max_pixels = 37 * 29 - 1;
    Image untouched;
    EXPECT_EQ(CodeOf(Decode(bytes, options, &untouched)), "too_large") << name;
    EXPECT_EQ(untouched.pixels.capacity(), 0U) << name;
  }
}

TEST(Decode, OrientationCanBeLeftAlone) {
  const auto turned = ReadFile("files/jpeg_orientation_6.jpg");
  DecodeOptions options;
  options.apply_orientation = false;
  Image stored;
  ASSERT_TRUE(Decode(turned, options, &stored).ok());
  EXPECT_EQ(stored.width, 16);
  EXPECT_EQ(stored.height, 11);
  EXPECT_EQ(ReadInfo(turned)->width, 11);
}

TEST(DecoderVersions, NamesEveryLibrary) {
  EXPECT_THAT(
      std::string(DecoderVersions()),
      testing::MatchesRegex("libjpeg-turbo [0-9.]+; libpng [0-9.]+; libwebp [0-9.]+"));
}

}  // namespace
}  // namespace pomona::image
