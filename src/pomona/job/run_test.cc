// SPDX-License-Identifier: Apache-2.0
// The whole job on some of the repository's pictures, so that everything under it runs
// under the sanitizers too. tests/e2e has more of it, from the command line.
#include "pomona/job/run.h"

#include <algorithm>
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pomona/job/layout.h"
#include "pomona/table/tables.h"

#include "tests/contract/run_fixture.h"

namespace pomona::job {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsSupersetOf;
using testing::Pair;

class RunTest : public ExampleRun {
 protected:
  void SetUp() override {
    settings_.shard_size = 3;
    settings_.block_shards = 2;
    Copy(0, 10);
  }
  std::string out() const { return folder_ / "out"; }
  Result<RunReport> Go() { return RunTo("out"); }
  RunReport MustGo() { return Must(Go()); }
  std::shared_ptr<store::ByteStore> Store() {
    return store::OpenByteStore(out()).ValueOrDie();
  }
  std::map<std::string, std::string> Results() { return ResultsIn("out"); }
};

TEST_F(RunTest, WritesTheTablesAndDoesNothingTheSecondTime) {
  const RunReport report = MustGo();
  EXPECT_EQ(report.images, 10);
  EXPECT_EQ(report.rows, 10);
  EXPECT_EQ(report.components, 3);
  EXPECT_EQ(report.feature_dim, 64);
  EXPECT_GT(report.explained_variance, 0.3);
  EXPECT_TRUE(report.random_weights);
  EXPECT_THAT(report.warnings, ElementsAre(HasSubstr("random weights")));
  EXPECT_THAT(sink_.kinds(),
              IsSupersetOf({"run_started", "listing_done", "model_ready", "shard_done",
                            "block_done", "fit_done", "transform_progress", "run_done"}));
  EXPECT_EQ(Store()->List("features")->size(), 4U);
  EXPECT_EQ(Store()->List("moments")->size(), 2U);
  auto reduced = table::ReadReduced(Store().get(), ReducedFile(0, 3, "parquet"));
  ASSERT_TRUE(reduced.ok()) << reduced.status();
  EXPECT_EQ(reduced->paths.size(), 1U);

  const auto before = Tree(Store().get());
  const RunReport again = MustGo();
  EXPECT_TRUE(again.nothing_to_do);
  EXPECT_EQ(again.rows, 10);
  EXPECT_EQ(again.components, 3);
  EXPECT_EQ(again.manifest, report.manifest);
  EXPECT_TRUE(Tree(Store().get()) == before);
}

TEST_F(RunTest, StoppedAnywhereItGoesOnToTheSameBytes) {
  MustGo();
  const auto want = Results();
  for (const char* kind : {"run_started", "listing_done", "model_ready", "shard_done",
                           "block_done", "fit_done", "transform_progress"}) {
    fs::remove_all(out());
    std::stop_source stop;
    sink_.seen = [&](const Event& event) {
      if (event.kind == kind) stop.request_stop();
    };
    options_.stop = stop.get_token();
    const auto stopped = Go();
    EXPECT_TRUE(stopped.ok() || stopped.status().IsCancelled()) << stopped.status();
    sink_.seen = nullptr;
    options_.stop = {};
    options_.threads = 3;
    EXPECT_EQ(MustGo().rows, 10);
    EXPECT_TRUE(Results() == want) << "stopped at " << kind;
  }
}

TEST_F(RunTest, AMissingFileIsMadeAgain) {
  MustGo();
  const auto want = Results();
  for (const std::string& lost :
       {FeaturesFile(1), RejectsFile(2), MomentsFile(0), MomentsFile(1),
        ReducerFolder(0) + "/reducer.safetensors", ReducedFile(0, 2, "parquet")}) {
    ASSERT_TRUE(Store()->Delete(kManifestFile).ok());
    ASSERT_TRUE(Store()->Delete(lost).ok());
    MustGo();
    EXPECT_TRUE(Results() == want) << lost;
  }
}

TEST_F(RunTest, NewImagesMakeANewGeneration) {
  MustGo();
  const auto before = Results();
  Copy(10, 14);
  const RunReport report = MustGo();
  EXPECT_EQ(report.images, 14);
  EXPECT_EQ(report.rows, 14);
  EXPECT_EQ(report.generation, 1);
  const auto after = Results();
  for (const auto& [path, bytes] : before) EXPECT_TRUE(after.at(path) == bytes) << path;
  EXPECT_EQ(Store()->List("reduced/gen-0001")->size(), 4U + 2U);
  EXPECT_EQ(Store()->List("moments")->size(), 3U);
}

TEST_F(RunTest, WithoutFeaturesItTriesRejectsAgainAndExtends) {
  settings_.keep_features = false;
  // A picture that is gone when it is read, and comes back unchanged.
  const std::string first =
      fs::path(source()) /
      fs::relative(
          *std::find_if(fs::recursive_directory_iterator(source()), {},
                        [](const auto& entry) { return entry.is_regular_file(); }),
          source());
  sink_.seen = [&](const Event& event) {
    if (event.kind == "listing_done") fs::rename(first, folder_ / "aside");
  };
  RunReport report = MustGo();
  sink_.seen = nullptr;
  EXPECT_THAT(report.rejects, ElementsAre(Pair("vanished", 1)));
  EXPECT_TRUE(Store()->List("features")->empty());
  fs::rename(folder_ / "aside", first);
  EXPECT_EQ(MustGo().rows, 10);  // the shards without features are computed again too
  EXPECT_TRUE(MustGo().nothing_to_do);
  Copy(10, 12);
  report = MustGo();
  EXPECT_EQ(report.rows, 12);
  EXPECT_EQ(Store()->List("reduced/gen-0001")->size(), 1U);
}

TEST_F(RunTest, APictureThatComesBackIsTriedAgain) {
  MustGo();
  const auto want = Results();
  fs::remove_all(out());
  std::string moved;
  for (const auto& entry : fs::recursive_directory_iterator(source())) {
    if (entry.is_regular_file()) moved = entry.path();
  }
  sink_.seen = [&](const Event& event) {
    if (event.kind == "listing_done") fs::rename(moved, folder_ / "aside");
  };
  EXPECT_THAT(MustGo().rejects, ElementsAre(Pair("vanished", 1)));
  sink_.seen = nullptr;
  EXPECT_TRUE(MustGo().nothing_to_do);
  fs::rename(folder_ / "aside", moved);
  const RunReport cured = MustGo();
  EXPECT_EQ(cured.reject_count(), 0);
  EXPECT_THAT(cured.warnings, Contains(HasSubstr("computed again")));
  EXPECT_TRUE(Results() == want);
}

TEST_F(RunTest, BadPicturesAreRejectsUntilTheyAreTooMany) {
  folder_.Write("source/bad/1.jpg", "no picture");
  folder_.Write("source/bad/2.jpg", "");
  folder_.Write("source/bad/notes.txt", "passed over");
  EXPECT_THAT(MustGo().rejects, ElementsAre(Pair("empty", 1), Pair("not_an_image", 1)));
  options_.max_bad = 0.1;
  options_.overwrite = true;
  const Status status = Go().status();
  EXPECT_THAT(status.message(), HasSubstr("2 of 12 images could not be used"));
  options_.max_bad = 0.2;
  options_.overwrite = false;
  EXPECT_EQ(MustGo().rows, 10) << "what was computed is kept";
}

TEST_F(RunTest, OtherSettingsAreRefusedAndOverwriteStartsAnew) {
  MustGo();
  settings_.backbone.seed = 7;
  settings_.csv = true;
  const Status status = Go().status();
  EXPECT_TRUE(status.IsInvalid());
  EXPECT_THAT(status.message(), HasSubstr("network.seed: 42 there, 7 here"));
  EXPECT_THAT(status.message(), HasSubstr("output.csv: false there, true here"));
  options_.overwrite = true;
  MustGo();
  EXPECT_EQ(Store()->List("reduced/gen-0000")->size(), 8U);
}

TEST_F(RunTest, ASavedReducerIsUsedOnNewImages) {
  MustGo();
  const std::string first = out();
  Settings settings;
  settings.reducer = first;
  settings.precision = "f32";
  const std::string second = folder_ / "second";
  auto report = job::Run(source(), second, settings, options_);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->components, 3);
  const auto rows = [](const std::string& place, int64_t shard) {
    auto store = store::OpenByteStore(place).ValueOrDie();
    auto table = table::ReadReduced(store.get(), ReducedFile(0, shard, "parquet"));
    EXPECT_TRUE(table.ok()) << table.status();
    return table.ok() ? table->rows : std::vector<float>();
  };
  std::vector<float> all;
  for (int64_t shard = 0; shard < 4; ++shard) {
    const auto part = rows(first, shard);
    all.insert(all.end(), part.begin(), part.end());
  }
  EXPECT_EQ(rows(second, 0), all);
}

TEST_F(RunTest, ADestinationIsHeldByOneRun) {
  auto store = Store();
  auto lease = store->Acquire({"elsewhere", 12, "now"}).ValueOrDie();
  const Status status = Go().status();
  EXPECT_TRUE(status.IsAlreadyExists()) << status;
  EXPECT_THAT(status.message(), HasSubstr("elsewhere"));
}

TEST_F(RunTest, MistakesAreNamedBeforeAnythingIsComputed) {
  struct Case {
    std::function<void(Settings*, RunOptions*)> mistake;
    const char* message;
  };
  for (const auto& [mistake, message] : std::vector<Case>{
           {[](Settings* s, RunOptions*) { s->shard_size = 0; }, "--shard-size"},
           {[](Settings* s, RunOptions*) { s->fit.variance = 0.5; },
            "exclude each other"},
           {[](Settings* s, RunOptions*) { s->fit.components = 65; }, "65"},
           {[](Settings* s, RunOptions*) { s->reducer = "nowhere"; }, "either it or"},
           {[](Settings*, RunOptions* o) { o->max_bad = 2; }, "--max-bad"},
           {[](Settings*, RunOptions* o) { o->threads = -1; }, "--threads"}}) {
    Settings settings = settings_;
    RunOptions options = options_;
    mistake(&settings, &options);
    const Status status = job::Run(source(), out(), settings, options).status();
    EXPECT_TRUE(status.IsInvalid()) << status;
    EXPECT_THAT(status.message(), HasSubstr(message));
    EXPECT_EQ(Store()->List("features")->size(), 0U);
    fs::remove_all(out());
  }
}

}  // namespace
}  // namespace pomona::job
