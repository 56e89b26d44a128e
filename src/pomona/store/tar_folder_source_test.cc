// SPDX-License-Identifier: Apache-2.0
#include <filesystem>

#include "tests/contract/source_layouts.h"

namespace pomona::store {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

class TarFolder : public testing::Test {
 protected:
  TarFolder() { fs::create_directories(folder_ / "set"); }
  void Add(const std::string& name, const Files& files) {
    fs::remove_all(folder_ / "members");
    fs::rename(MakeTar(folder_, files, "ustar"), folder_ / ("set/" + name));
  }
  std::unique_ptr<ImageSource> Open(const std::string& label_from = "dir") {
    SourceOptions options;
    options.label_from = label_from;
    auto source = OpenImageSource(folder_ / "set", options);
    EXPECT_TRUE(source.ok()) << source.status();
    return source.ok() ? std::move(*source) : nullptr;
  }
  static std::vector<std::string> Paths(const std::vector<ListedImage>& images) {
    std::vector<std::string> paths;
    for (const auto& image : images) paths.push_back(image.path);
    return paths;
  }
  TempFolder folder_;
};

TEST_F(TarFolder, ArchivesAreListedInTheOrderOfThePathsBytes) {
  Add("b.tar", {{"Apple/1.jpg", "b1"}, {"2.jpg", "b2"}});
  Add("a.tar", {{"Apple/1.jpg", "a1"}, {"Apple/notes.txt", "x"}});
  Add("a.tar-old.tar", {{"z.jpg", "old"}});
  folder_.Write("set/README.md", "text");
  auto source = Open();
  const auto images = ListAll(source.get());
  EXPECT_THAT(Paths(images), ElementsAre("a.tar-old.tar/z.jpg", "a.tar/Apple/1.jpg",
                                         "b.tar/2.jpg", "b.tar/Apple/1.jpg"));
  EXPECT_TRUE(std::is_sorted(images.begin(), images.end(),
                             [](auto& a, auto& b) { return a.path < b.path; }));
  EXPECT_EQ(images[0].label, std::nullopt);
  EXPECT_EQ(images[1].label, "Apple");
  EXPECT_EQ(ReadText(source.get(), images[0]), "old");
  EXPECT_EQ(ReadText(source.get(), images[1]), "a1");
  EXPECT_EQ(ReadText(source.get(), images[3]), "b1");
  auto skipped = source->List("", [](ListedImage) { return Status::OK(); });
  EXPECT_THAT(*skipped, ElementsAre(Pair(".txt", 1)));
}

TEST_F(TarFolder, ListsOnAfterAnyPath) {
  Add("a.tar", {{"1.jpg", "x"}, {"2.jpg", "y"}});
  Add("b.tar", {{"1.jpg", "z"}});
  auto source = Open();
  const auto all = ListAll(source.get());
  ASSERT_EQ(all.size(), 3U);
  for (const char* after : {"", "a", "a.tar", "a.tar/", "a.tar/1.jpg", "a.tar/3", "aa",
                            "b.tar/", "b.tar/1.jpg", "c"}) {
    std::vector<ListedImage> expected;
    for (const auto& image : all) {
      if (image.path > after) expected.push_back(image);
    }
    EXPECT_EQ(ListAll(source.get(), after), expected) << after;
  }
}

TEST_F(TarFolder, LabelsStandBesideThePicture) {
  Add("a.tar", {{"1.jpg", "x"}, {"1.cls", "7"}});
  Add("b.tar", {{"1.jpg", "y"}, {"1.cls", "8"}});
  auto source = Open("column:cls");
  const auto images = ListAll(source.get());
  ASSERT_EQ(images.size(), 2U);
  EXPECT_EQ(images[0].label, "7");
  EXPECT_EQ(images[1].label, "8");
}

TEST_F(TarFolder, MoreArchivesThanStayOpen) {
  for (int i = 0; i < 70; ++i) {
    Add(std::to_string(i) + ".tar", {{"1.jpg", std::to_string(i)}});
  }
  auto source = Open();
  for (const auto& image : ListAll(source.get())) {
    EXPECT_EQ(ReadText(source.get(), image) + ".tar/1.jpg", image.path);
  }
}

TEST_F(TarFolder, WhatBecameOfAnArchiveIsARejectOrAnErrorWithItsName) {
  Add("a.tar", {{"1.jpg", "x"}});
  Add("b.tar", {{"1.jpg", "y"}});
  auto source = Open();
  const auto images = ListAll(source.get());
  fs::remove(folder_ / "set/a.tar");
  Add("b.tar", {{"1.jpg", "other"}});
  fs::last_write_time(folder_ / "set/b.tar",
                      fs::file_time_type::clock::now() + std::chrono::hours(1));
  EXPECT_EQ(ReadText(source.get(), images[0]), "vanished");
  EXPECT_EQ(ReadText(source.get(), images[1]), "changed");
  fs::resize_file(folder_ / "set/b.tar", 700);
  auto again = Open();
  EXPECT_THAT(
      again->List("", [](ListedImage) { return Status::OK(); }).status().message(),
      HasSubstr("set/b.tar': it is cut short"));
}

TEST_F(TarFolder, ArchivesBesidePicturesArePassedOver) {
  Add("a.tar", {{"1.jpg", "x"}});
  folder_.Write("set/2.jpg", "y");
  auto source = Open();
  EXPECT_THAT(Paths(ListAll(source.get())), ElementsAre("2.jpg"));
  EXPECT_THAT(*source->List("", [](ListedImage) { return Status::OK(); }),
              ElementsAre(Pair(".tar", 1)));
}

}  // namespace
}  // namespace pomona::store
