// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "tests/contract/source_layouts.h"

namespace pomona::store {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

class TarSource : public testing::Test {
 protected:
  Result<std::unique_ptr<ImageSource>> Open(const std::string& label_from = "none") {
    SourceOptions options;
    options.label_from = label_from;
    return OpenImageSource(folder_ / "pictures.tar", options);
  }
  std::string Bytes() {
    std::ifstream in(folder_ / "pictures.tar", std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  TempFolder folder_;
};

TEST_F(TarSource, LongNamesInEveryFormat) {
  const std::string name = std::string(90, 'f') + "/" + std::string(140, 'x') + ".jpg";
  const std::string longer = std::string(200, 'g') + "/" + std::string(200, 'y') + ".jpg";
  for (const char* format : {"gnu", "pax"}) {
    MakeTar(folder_, {{name, "n"}, {longer, "l"}}, format);
    auto source = Open().ValueOrDie();
    const auto images = ListAll(source.get());
    ASSERT_EQ(images.size(), 2U) << format;
    EXPECT_EQ(images[0].path, name);
    EXPECT_EQ(images[1].path, longer);
    EXPECT_EQ(ReadText(source.get(), images[1]), "l");
  }
  fs::remove_all(folder_ / "members");
  const std::string split = std::string(99, 'f') + "/" + std::string(90, 'x') + ".jpg";
  MakeTar(folder_, {{split, "s"}}, "ustar");
  auto source = Open().ValueOrDie();
  EXPECT_EQ(ListAll(source.get()).at(0).path, split);
}

TEST_F(TarSource, LabelsStandBesideThePicture) {
  MakeTar(folder_,
          {{"a/1.seg.jpg", "x"},
           {"a/1.cls", "7\n"},
           {"a/1.txt", " a red apple \n"},
           {"a/1.json", R"({"fruit": "Apple", "n": 3, "none": null, "list": [1]})"},
           {"a/2.jpg", "y"},
           {"a/2-x.jpg", "z"}},
          "ustar");
  struct Case {
    const char* rule;
    std::optional<std::string> label;
  };
  for (const auto& [rule, label] :
       {Case{"column:cls", "7"}, Case{"column:txt", "a red apple"},
        Case{"column:fruit", "Apple"}, Case{"column:n", "3"},
        Case{"column:none", std::nullopt}, Case{"dir", "a"}}) {
    auto source = Open(rule);
    ASSERT_TRUE(source.ok()) << source.status();
    const auto images = ListAll(source->get());
    ASSERT_EQ(images.size(), 3U);
    EXPECT_EQ(images[0].path, "a/1.seg.jpg");
    EXPECT_EQ(images[0].label, label) << rule;
    if (std::string(rule) != "dir") {
      EXPECT_EQ(images[1].label, std::nullopt);
    }
  }
  EXPECT_THAT(Open("column:tree").status().message(),
              HasSubstr("'a/1.json' has no such key (keys: fruit list n none)"));
  auto list = Open("column:list").ValueOrDie();
  EXPECT_THAT(list->List("", [](ListedImage) { return Status::OK(); }).status().message(),
              HasSubstr("no plain value"));
}

TEST_F(TarSource, WhatIsPassedOverIsCounted) {
  folder_.Write("members/1.jpg", "x");
  fs::create_symlink("1.jpg", folder_ / "members/2.jpg");
  fs::create_hard_link(folder_ / "members/1.jpg", folder_ / "members/3.jpg");
  MakeTar(folder_, {{"a.txt", "t"}, {"._x.jpg", "h"}, {".d/x.jpg", "h"}}, "pax");
  fs::remove(folder_ / "members/1.jpg");
  folder_.Write("members/1.jpg", "newer");  // once more, as tar -r appends it
  const std::string append = "tar -C '" + (folder_ / "members") + "' -rf '" +
                             (folder_ / "pictures.tar") + "' ./1.jpg";
  ASSERT_EQ(std::system(append.c_str()), 0);
  auto source = Open().ValueOrDie();
  std::vector<ListedImage> images;
  const auto skipped = source->List("", [&](ListedImage image) {
    images.push_back(std::move(image));
    return Status::OK();
  });
  // Which of the two hard links holds the data depends on the order of the folder.
  EXPECT_EQ(skipped.ValueOrDie().at("link"), 2);
  EXPECT_EQ(skipped.ValueOrDie().at("hidden"), 2);
  EXPECT_EQ(skipped.ValueOrDie().at(".txt"), 1);
  ASSERT_FALSE(images.empty());
  EXPECT_EQ(images[0].path, "1.jpg");
  EXPECT_EQ(ReadText(source.get(), images[0]), "newer");
}

TEST_F(TarSource, CutShortAnywhereIsAnError) {
  MakeTar(folder_, {{"1.jpg", std::string(3000, 'x')}, {"2.jpg", "y"}}, "pax");
  const std::string whole = Bytes();
  const size_t content = whole.find_last_not_of('\0') + 1;
  for (size_t size = 0; size < content; size += 97) {
    folder_.Write("pictures.tar", whole.substr(0, size));
    const Status status = Open().status();
    ASSERT_TRUE(status.IsInvalid()) << size << status;
    EXPECT_THAT(status.message(), HasSubstr("pictures.tar'"));
    EXPECT_THAT(status.message(), HasSubstr("copy or make it again")) << size;
  }
}

TEST_F(TarSource, DamagedBytesNeverCrash) {
  MakeTar(folder_, {{std::string(120, 'n') + ".jpg", "data"}, {"\xC3\xA4.jpg", "y"}},
          "pax");
  const std::string whole = Bytes();
  const size_t content = whole.find_last_not_of('\0') + 1;
  for (size_t i = 0; i < content; ++i) {
    std::string damaged = whole;
    damaged[i] = static_cast<char>(damaged[i] ^ (i % 2 == 0 ? 0x01 : 0x80));
    folder_.Write("pictures.tar", damaged);
    auto source = Open();
    if (source.ok()) ListAll(source->get());
    if (whole[i] == '\0') i += 16;
  }
}

TEST_F(TarSource, AnArchiveThatChangedSinceItsListingIsTold) {
  MakeTar(folder_, {{"1.jpg", "x"}}, "ustar");
  auto source = Open().ValueOrDie();
  const auto images = ListAll(source.get());
  fs::last_write_time(folder_ / "pictures.tar",
                      fs::file_time_type::clock::now() + std::chrono::seconds(9));
  EXPECT_EQ(ReadText(source.get(), images[0]), "changed");
}

TEST_F(TarSource, WhatIsNoTarIsTold) {
  folder_.Write("pictures.tar", std::string(2000, 'x'));
  EXPECT_THAT(Open().status().message(), HasSubstr("it is no tar archive"));
}

}  // namespace
}  // namespace pomona::store
