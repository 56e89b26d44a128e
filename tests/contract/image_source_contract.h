// SPDX-License-Identifier: Apache-2.0
// What every image source does, for one test program to include. It instantiates
// ImageSourceContract with kinds (source_layouts.h): how to lay out some files so that
// the source lists them.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <arrow/buffer.h>
#include <arrow/util/future.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pomona/base/reject.h"
#include "pomona/store/image_source.h"

#include "tests/contract/source_layouts.h"
#include "tests/contract/temp_folder.h"

namespace pomona::store {

class ImageSourceContract : public testing::TestWithParam<SourceKind> {
 protected:
  std::unique_ptr<ImageSource> Open(const Files& files, SourceOptions options = {}) {
    uri_ = GetParam().lay_out(folder_, files);
    auto source = OpenImageSource(uri_, options);
    EXPECT_TRUE(source.ok()) << source.status();
    return source.ok() ? std::move(*source) : nullptr;
  }
  const Files files_ = {
      {"Apple/1.jpg", "one"},
      {GetParam().newlines ? "Apple/2 b\n.jpg" : "Apple/2 b.jpg", "two"},
      {"Apple-red/x.png", "red"},
      {"Apple.webp", "dot"},
      {"B/C/D/deep.jpeg", "deep"},
      {"no ending", ""},
      {"Äpfel/ü 苹果.jpg", std::string(100'000, 'z')}};
  TempFolder folder_;
  std::string uri_;
};

TEST_P(ImageSourceContract, ListsEverythingInTheOrderOfThePathsBytes) {
  auto source = Open(files_);
  ASSERT_NE(source, nullptr);
  EXPECT_EQ(source->uri(), uri_);
  EXPECT_FALSE(source->description().empty());
  std::vector<std::string> expected;  // std::map's order is that of the bytes
  for (const auto& [path, bytes] : files_) expected.push_back(path);
  const auto images = ListAll(source.get());
  std::vector<std::string> paths;
  for (const auto& image : images) paths.push_back(image.path);
  EXPECT_EQ(paths, expected);
  EXPECT_EQ(ListAll(source.get()), images) << "a second listing differs";
}

TEST_P(ImageSourceContract, ReadsWhatItListed) {
  auto source = Open(files_);
  ASSERT_NE(source, nullptr);
  const auto images = ListAll(source.get());
  ASSERT_EQ(images.size(), files_.size());
  std::vector<arrow::Future<std::shared_ptr<arrow::Buffer>>> reads;
  for (int round = 0; round < 20; ++round) {
    for (const auto& image : images) reads.push_back(source->Read(image));
  }
  for (size_t i = 0; i < reads.size(); ++i) {
    const auto& image = images[i % images.size()];
    auto bytes = reads[i].result();
    ASSERT_TRUE(bytes.ok()) << bytes.status();
    EXPECT_EQ((*bytes)->ToString(), files_.at(image.path)) << image.path;
  }
  for (auto image = images.rbegin(); image != images.rend(); ++image) {
    EXPECT_EQ(ReadText(source.get(), *image), files_.at(image->path));
  }
}

TEST_P(ImageSourceContract, ListsOnAfterAnyPath) {
  auto source = Open(files_);
  ASSERT_NE(source, nullptr);
  const auto all = ListAll(source.get());
  for (const char* after : {"A", "Apple", "Apple/", "Apple/1.jpg", "Apple/3", "B/C/D/zz",
                            "B/C/E", "zzz", "\xFF"}) {
    std::vector<ListedImage> expected;
    for (const auto& image : all) {
      if (image.path > after) expected.push_back(image);
    }
    EXPECT_EQ(ListAll(source.get(), after), expected) << after;
  }
}

TEST_P(ImageSourceContract, LabelsComeFromThePath) {
  struct Case {
    const char *rule, *apple, *deep, *dot;
  };
  for (const auto& [rule, apple, deep, dot] :
       {Case{"dir", "Apple", "D", nullptr}, Case{"none", nullptr, nullptr, nullptr},
        Case{"^([^/]+)/", "Apple", "B", nullptr},
        Case{"[a-z]+$", "jpg", "jpeg", "webp"}}) {
    SourceOptions options;
    options.label_from = rule;
    auto source = Open(files_, options);
    ASSERT_NE(source, nullptr);
    std::map<std::string, std::optional<std::string>> labels;
    for (auto& image : ListAll(source.get())) labels[image.path] = image.label;
    const auto text = [](const char* label) {
      return label == nullptr ? std::nullopt : std::optional<std::string>(label);
    };
    EXPECT_EQ(labels["Apple/1.jpg"], text(apple)) << rule;
    EXPECT_EQ(labels["B/C/D/deep.jpeg"], text(deep)) << rule;
    EXPECT_EQ(labels["Apple.webp"], text(dot)) << rule;
  }
}

TEST_P(ImageSourceContract, AnErrorOfTheVisitorEndsTheListing) {
  auto source = Open(files_);
  ASSERT_NE(source, nullptr);
  int visited = 0;
  auto skipped = source->List("", [&](ListedImage) {
    return ++visited == 2 ? Status::Cancelled("enough") : Status::OK();
  });
  EXPECT_TRUE(skipped.status().IsCancelled());
  EXPECT_EQ(visited, 2);
}

TEST_P(ImageSourceContract, NothingToListIsNoError) {
  auto source = Open({});
  ASSERT_NE(source, nullptr);
  EXPECT_TRUE(ListAll(source.get()).empty());
}

TEST_P(ImageSourceContract, ANameThatIsNotUtf8IsEscapedAndRejected) {
  if (!GetParam().any_bytes) GTEST_SKIP() << "text columns are UTF-8";
  auto source = Open({{"caf\xE9/a.jpg", "x"}, {"zebra.jpg", "y"}});
  ASSERT_NE(source, nullptr);
  const auto images = ListAll(source.get());
  ASSERT_EQ(images.size(), 2U);
  EXPECT_EQ(images[0].path, "caf\\xE9/a.jpg");
  EXPECT_FALSE(images[0].valid_name);
  EXPECT_EQ(images[0].size, 1);
  EXPECT_EQ(ReadText(source.get(), images[0]), "bad_name");
  EXPECT_EQ(ReadText(source.get(), images[1]), "y");
}

TEST_P(ImageSourceContract, ReadsOutliveTheSource) {
  auto source = Open(files_);
  ASSERT_NE(source, nullptr);
  const auto images = ListAll(source.get());
  std::vector<arrow::Future<std::shared_ptr<arrow::Buffer>>> reads;
  for (const auto& image : images) reads.push_back(source->Read(image));
  source.reset();
  for (size_t i = 0; i < reads.size(); ++i) {
    EXPECT_EQ(reads[i].result().ValueOrDie()->ToString(), files_.at(images[i].path));
  }
}

TEST_P(ImageSourceContract, NoSuchSourceIsNamed) {
  auto source = OpenImageSource(folder_ / "not there", {});
  EXPECT_TRUE(source.status().IsKeyError());
  EXPECT_THAT(source.status().message(), testing::HasSubstr("not there'"));
}

}  // namespace pomona::store
