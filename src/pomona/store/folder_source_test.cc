// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tests/contract/source_layouts.h"

namespace pomona::store {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

class FolderSource : public testing::Test {
 protected:
  std::unique_ptr<ImageSource> Open(SourceOptions options = {}) {
    return OpenImageSource(folder_.path(), options).ValueOrDie();
  }
  std::vector<std::string> Paths(SkippedCounts* skipped = nullptr,
                                 SourceOptions options = {}) {
    std::vector<std::string> paths;
    auto counts = Open(options)->List("", [&](ListedImage image) {
      paths.push_back(image.path);
      return Status::OK();
    });
    EXPECT_TRUE(counts.ok()) << counts.status();
    if (skipped != nullptr && counts.ok()) *skipped = *counts;
    return paths;
  }
  TempFolder folder_;
};

TEST_F(FolderSource, PassesOverWhatIsNoPictureByItsNameAndCounts) {
  for (const char* name :
       {"a.jpg", "b.TXT", "c.txt", "LICENSE", "README.md", "noending", "d.weird", "e.JPG",
        ".hidden.jpg", ".git/x.jpg", "t.tar", "Makefile", "f.jpg.json", "text as.jpg"}) {
    folder_.Write(name, "x");
  }
  SkippedCounts skipped;
  EXPECT_THAT(Paths(&skipped),
              ElementsAre("a.jpg", "d.weird", "e.JPG", "noending", "text as.jpg"));
  EXPECT_THAT(skipped, ElementsAre(Pair(".json", 1), Pair(".md", 1), Pair(".tar", 1),
                                   Pair(".txt", 2), Pair("LICENSE", 1),
                                   Pair("Makefile", 1), Pair("hidden", 2)));
  SourceOptions all;
  all.all_files = true;
  EXPECT_EQ(Paths(&skipped, all).size(), 12U);
  EXPECT_THAT(skipped, ElementsAre(Pair("hidden", 2)));
}

TEST_F(FolderSource, FollowsLinksAndStopsAtLoops) {
  folder_.Write("a/1.jpg", "1");
  TempFolder elsewhere;
  elsewhere.Write("2.jpg", "2");
  fs::create_directory_symlink(elsewhere.path(), folder_ / "b");
  fs::create_directory_symlink("..", folder_ / "a/up");
  fs::create_directory_symlink(".", folder_ / "self");
  fs::create_symlink("a/1.jpg", folder_ / "c.jpg");
  fs::create_symlink("nowhere.jpg", folder_ / "d.jpg");
  mkfifo((folder_ / "e.jpg").c_str(), 0600);
  SkippedCounts skipped;
  EXPECT_THAT(Paths(&skipped), ElementsAre("a/1.jpg", "b/2.jpg", "c.jpg", "d.jpg"));
  EXPECT_THAT(skipped, ElementsAre(Pair("special file", 1), Pair("symlink loop", 2)));
  auto source = Open();
  const auto images = ListAll(source.get());
  EXPECT_EQ(ReadText(source.get(), images[2]), "1");
  EXPECT_EQ(ReadText(source.get(), images[3]), "vanished");
}

TEST_F(FolderSource, WhatVanishedOrChangedSinceTheListingIsAReject) {
  for (const char* name : {"a.jpg", "b.jpg", "c.jpg", "d.jpg", "e.jpg"}) {
    folder_.Write(name, "old");
  }
  auto source = Open();
  const auto images = ListAll(source.get());
  fs::remove(folder_ / "a.jpg");
  folder_.Write("b.jpg", "longer");
  fs::last_write_time(folder_ / "c.jpg",
                      fs::file_time_type::clock::now() + std::chrono::seconds(5));
  fs::remove(folder_ / "d.jpg");
  mkfifo((folder_ / "d.jpg").c_str(), 0600);
  std::vector<std::string> read;
  for (const auto& image : images) read.push_back(ReadText(source.get(), image));
  EXPECT_THAT(read, ElementsAre("vanished", "changed", "changed", "changed", "old"));
}

TEST_F(FolderSource, AFileThatMayNotBeReadIsAReject) {
  folder_.Write("a.jpg", "x");
  fs::permissions(folder_ / "a.jpg", fs::perms::none);
  const std::string message = AsAnotherUser(folder_.path(), [&] {
    auto source = Open();
    auto bytes = source->Read(ListAll(source.get()).at(0)).result();
    const auto reject = GetReject(bytes.status());
    return (reject ? std::string(RejectCodeName(reject->code)) : "no reject") + ": " +
           bytes.status().message();
  });
  EXPECT_THAT(message,
              HasSubstr("read_failed: cannot be read: Permission denied; grant"));
}

TEST_F(FolderSource, AFolderThatMayNotBeReadIsAnErrorThatNamesIt) {
  folder_.Write("a/1.jpg", "x");
  folder_.Write("b/1.jpg", "x");
  fs::permissions(folder_ / "b", fs::perms::none);
  const std::string message = AsAnotherUser(folder_.path(), [&] {
    return Open()->List("", [](ListedImage) { return Status::OK(); }).status().message();
  });
  EXPECT_THAT(message, HasSubstr("/b': Permission denied; grant this user the right"));
}

TEST_F(FolderSource, AFilmAmongThePicturesIsNotRead) {
  folder_.Write("film.jpg", "");
  fs::resize_file(folder_ / "film.jpg", int64_t{5} << 30);
  auto source = Open();
  EXPECT_EQ(ReadText(source.get(), ListAll(source.get()).at(0)), "too_large");
}

TEST_F(FolderSource, ATreeTooDeepForAPathIsNamed) {
  const std::string name(200, 'd');
  ASSERT_EQ(chdir(folder_.path().c_str()), 0);
  for (int depth = 0; depth < 30; ++depth) {
    ASSERT_EQ(mkdir(name.c_str(), 0777), 0);
    ASSERT_EQ(chdir(name.c_str()), 0);
  }
  ASSERT_EQ(chdir("/"), 0);
  auto skipped = Open()->List("", [](ListedImage) { return Status::OK(); });
  EXPECT_THAT(skipped.status().message(), HasSubstr("File name too long"));
}

TEST_F(FolderSource, ManyNamesInLittleMemory) {
  constexpr int kNames = 20'000;
  fs::create_directories(folder_ / "flat");
  for (int i = 0; i < kNames; ++i) {
    const std::string name = "flat/a picture of a fruit " + std::to_string(i) + ".jpg";
    const int fd = creat((folder_ / name).c_str(), 0600);
    ASSERT_GE(fd, 0);
    close(fd);
  }
  int64_t n = 0;
  std::string last;
  ASSERT_TRUE(Open()
                  ->List("",
                         [&](ListedImage image) {
                           EXPECT_GT(image.path, last);
                           last = std::move(image.path);
                           ++n;
                           return Status::OK();
                         })
                  .ok());
  EXPECT_EQ(n, kNames);
}

TEST_F(FolderSource, ALonePictureIsASource) {
  folder_.Write("Apple/one.jpg", "x");
  auto source = OpenImageSource(folder_ / "Apple/one.jpg", {}).ValueOrDie();
  const auto images = ListAll(source.get());
  ASSERT_EQ(images.size(), 1U);
  EXPECT_EQ(images[0].path, "one.jpg");
  EXPECT_EQ(ReadText(source.get(), images[0]), "x");
  EXPECT_TRUE(ListAll(source.get(), "one.jpg").empty());
}

TEST_F(FolderSource, WhatCannotBeASourceSaysWhy) {
  SourceOptions columns;
  columns.label_from = "column:label";
  EXPECT_THAT(OpenImageSource(folder_.path(), columns).status().message(),
              HasSubstr("'column:label': a folder has no columns"));
  folder_.Write("a.tar.gz", "\x1F\x8B rest");
  EXPECT_THAT(OpenImageSource(folder_ / "a.tar.gz", {}).status().message(),
              HasSubstr("unpack it first"));
  EXPECT_TRUE(OpenImageSource("gs://bucket/x", {}).status().IsNotImplemented());
  EXPECT_TRUE(OpenImageSource("", {}).status().IsKeyError());
  mkfifo((folder_ / "pipe").c_str(), 0600);
  EXPECT_THAT(OpenImageSource(folder_ / "pipe", {}).status().message(),
              HasSubstr("no regular file"));
}

TEST(LabelRule, WrongOnesAreNamed) {
  for (const char* rule : {"", "column:", "[a", "(", "*"}) {
    const Status status = LabelRule::Parse(rule).status();
    EXPECT_TRUE(status.IsInvalid()) << rule;
    if (*rule != '\0') {
      EXPECT_THAT(status.message(), HasSubstr("'" + std::string(rule) + "'"));
    }
  }
}

TEST(LabelRule, LongPathsDoNotOverrunTheStack) {
  const auto rule = LabelRule::Parse("(a|b)*/(.*)").ValueOrDie();
  const std::string longest(1022, 'a');
  EXPECT_TRUE(rule.FromPath(longest + "/x").has_value());
  EXPECT_EQ(rule.FromPath(std::string(1'000'000, 'a') + "/x"), std::nullopt);
}

TEST(LabelRule, Dir) {
  const auto rule = LabelRule::Parse("dir").ValueOrDie();
  EXPECT_EQ(rule.FromPath("a.jpg"), std::nullopt);
  EXPECT_EQ(rule.FromPath("A/a.jpg"), "A");
  EXPECT_EQ(rule.FromPath("A/B c/a.jpg"), "B c");
  EXPECT_EQ(rule.FromPath("/a.jpg"), std::nullopt);
  EXPECT_EQ(rule.FromPath("/data/A/a.jpg"), "A");
  EXPECT_EQ(rule.FromPath("A//a.jpg"), std::nullopt);
}

}  // namespace
}  // namespace pomona::store
