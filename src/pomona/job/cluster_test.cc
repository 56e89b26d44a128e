// SPDX-License-Identifier: Apache-2.0
// A run whose pieces other processes compute: the same files as those of one machine.
// tests/spark does it with a real cluster.
#include "pomona/job/cluster.h"

#include <algorithm>
#include <filesystem>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "pomona/job/blocks.h"
#include "pomona/job/layout.h"
#include "pomona/job/run.h"
#include "pomona/job/tasks.h"

#include "tests/contract/run_fixture.h"

namespace pomona::job {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

// Computes in this process, but as workers do: from the spec as text, the last pieces
// first, every third twice.
class DisorderlyCluster : public Cluster {
 public:
  std::map<Work, int64_t> computed;
  std::function<void(TaskSpec*)> change;  // what a worker sees otherwise
  std::function<Status(Work)> before;

  std::string name() const override { return "disorderly"; }

  Status Compute(Work work, const TaskSpec& spec, const std::vector<int64_t>& pieces,
                 const Done& done, std::stop_token stop) override {
    if (before) ARROW_RETURN_NOT_OK(before(work));
    ARROW_ASSIGN_OR_RAISE(const std::string text, spec.ToJson());
    ARROW_ASSIGN_OR_RAISE(TaskSpec received, TaskSpec::FromJson(text));
    if (change) change(&received);
    ARROW_ASSIGN_OR_RAISE(auto tasks, Tasks::Open(received, 1));
    ARROW_ASSIGN_OR_RAISE(auto other, Tasks::Open(received, 2));
    const Done again = [](const PieceDone&) { return Status::OK(); };
    for (size_t i = pieces.size(); i-- > 0;) {
      ++computed[work];
      ARROW_RETURN_NOT_OK(tasks->Do(work, {pieces[i]}, done, stop));
      if (i % 3 == 0) ARROW_RETURN_NOT_OK(other->Do(work, {pieces[i]}, again, stop));
    }
    return Status::OK();
  }
};

class ClusterTest : public ExampleRun {
 protected:
  void SetUp() override {
    settings_.shard_size = 1;
    settings_.block_shards = 1;
    settings_.csv = true;
    Copy(0, 18);
    folder_.Write("source/Apple/broken.jpg", "no picture");
  }
  Result<RunReport> Go(const std::string& out, Cluster* cluster) {
    options_.cluster = cluster;
    return RunTo(out);
  }
  RunReport MustGo(const std::string& out, Cluster* cluster) {
    return Must(Go(out, cluster));
  }
  DisorderlyCluster cluster_;
};

TEST_F(ClusterTest, LeavesTheFilesOfOneMachine) {
  MustGo("here", nullptr);
  const RunReport report = MustGo("there", &cluster_);
  EXPECT_TRUE(ResultsIn("there") == ResultsIn("here"));
  EXPECT_EQ(report.rows, 18);
  EXPECT_EQ(report.reject_count(), 1);
  EXPECT_EQ(report.components, 3);
  EXPECT_THAT(cluster_.computed,
              ElementsAre(std::pair{Work::kExtract, 19}, std::pair{Work::kMoments, 19},
                          std::pair{Work::kMerge, 2}, std::pair{Work::kTransform, 19}));
  const auto run = nlohmann::json::parse(report.manifest)["runs"][0];
  EXPECT_EQ(run["engine"], "disorderly");
  EXPECT_EQ(run["workers"].size(), 1U);
  EXPECT_EQ(run["workers"][0]["pieces"], 19 + 19 + 2 + 19);
  EXPECT_EQ(run["workers"][0]["cpu"], run["cpu"]);
  EXPECT_THAT(sink_.kinds(), Contains("reject"));
  EXPECT_TRUE(MustGo("there", &cluster_).nothing_to_do);
}

TEST_F(ClusterTest, SketchesAreThoseOfOneMachine) {
  settings_.fit.pca = stats::Pca::kSketch;
  MustGo("here", nullptr);
  MustGo("there", &cluster_);
  EXPECT_TRUE(ResultsIn("there") == ResultsIn("here"));
  auto store = store::OpenByteStore(std::string(folder_ / "there")).ValueOrDie();
  EXPECT_NE(ReadState(store.get(), MomentsFile(0))->sketch(), nullptr);
}

TEST_F(ClusterTest, NewImagesMakeTheSameGeneration) {
  for (Cluster* cluster :
       {static_cast<Cluster*>(nullptr), static_cast<Cluster*>(&cluster_)}) {
    const std::string out = cluster == nullptr ? "here" : "there";
    fs::remove_all(folder_ / "source/Zucchini");
    MustGo(out, cluster);
    fs::create_directories(folder_ / "source/Zucchini");
    fs::copy_file(fs::path(POMONA_SOURCE_DIR) / "tests/golden/image/files/jpeg_444.jpg",
                  folder_ / "source/Zucchini/new.jpg");
    fs::last_write_time(folder_ / "source/Zucchini/new.jpg", fs::file_time_type());
    EXPECT_EQ(MustGo(out, cluster).generation, 1);
  }
  EXPECT_TRUE(ResultsIn("there") == ResultsIn("here"));
}

TEST_F(ClusterTest, WhatOneBeganTheOtherEnds) {
  MustGo("here", nullptr);
  const auto want = ResultsIn("here");
  for (const Work work :
       {Work::kExtract, Work::kMoments, Work::kMerge, Work::kTransform}) {
    fs::remove_all(folder_ / "out");
    cluster_.before = [work](Work begins) {
      return begins == work ? Status::IOError("the cluster is gone") : Status::OK();
    };
    EXPECT_THAT(Go("out", &cluster_).status().message(), HasSubstr("is gone"));
    cluster_.before = nullptr;
    MustGo("out", nullptr);
    EXPECT_TRUE(ResultsIn("out") == want) << WorkName(work);
  }
  for (const std::string& lost :
       {FeaturesFile(3), MomentsFile(17), ReducerFile(0), ReducedFile(0, 5, "parquet")}) {
    fs::remove(fs::path(folder_ / "out") / kManifestFile);
    fs::remove(fs::path(folder_ / "out") / lost);
    MustGo("out", &cluster_);
    EXPECT_TRUE(ResultsIn("out") == want) << lost;
  }
}

TEST_F(ClusterTest, AWorkerSaysWhyItCannotTakePart) {
  struct Case {
    std::function<void(TaskSpec*)> change;
    std::vector<const char*> message;
  };
  const auto other_cpu = [](TaskSpec* spec) {
    auto plan = nlohmann::json::parse(spec->plan);
    plan["cpu"] = "Other-1-1-avx2";
    spec->plan = plan.dump();
    spec->require_same_cpu = true;
  };
  for (const auto& [change, words] : std::vector<Case>{
           {[](TaskSpec* s) { s->destination += "-elsewhere"; },
            {"cannot see the destination", "-elsewhere", "shared file system"}},
           {[](TaskSpec* s) { s->source += "-elsewhere"; },
            {"cannot see the source", "-elsewhere", "s3://"}},
           {[&](TaskSpec* s) { s->source = folder_ / "empty"; },
            {"cannot see the source", "empty"}},
           {[](TaskSpec* s) { s->backbone.seed = 7; }, {"another network", "same"}},
           {other_cpu, {"another kind of CPU", "Other-1-1-avx2", "--require-same-cpu"}},
           {[](TaskSpec* s) {
              auto plan = nlohmann::json::parse(s->plan);
              plan["libraries"]["arrow"] = "1.0.0";
              s->plan = plan.dump();
            },
            {"another build", "libraries.arrow: 1.0.0", "wheel"}}}) {
    fs::remove_all(folder_ / "out");
    fs::create_directories(folder_ / "empty");
    cluster_.change = change;
    const Status status = Go("out", &cluster_).status();
    EXPECT_TRUE(status.IsInvalid()) << status;
    for (const char* word : words) EXPECT_THAT(status.message(), HasSubstr(word));
    EXPECT_FALSE(fs::exists(folder_ / "out/features"));
  }
}

TEST_F(ClusterTest, RetriesOfWorkersAreCounted) {
  class Retrying : public DisorderlyCluster {
   public:
    int64_t retries = 0;

   private:
    Status Compute(Work work, const TaskSpec& spec, const std::vector<int64_t>& pieces,
                   const Done& done, std::stop_token stop) override {
      const Done told = [&](PieceDone piece) {
        piece.s3_retries = 2;
        retries += 2;
        return done(piece);
      };
      return DisorderlyCluster::Compute(work, spec, pieces, told, stop);
    }
  } cluster;
  MustGo("out", &cluster);
  const auto events =
      store::OpenByteStore(folder_ / "out").ValueOrDie()->Read("events/0000.jsonl");
  ASSERT_TRUE(events.ok()) << events.status();
  const std::string text = (*events)->ToString();
  const std::string done = text.substr(text.find("run_done"));
  EXPECT_GT(cluster.retries, 0);
  EXPECT_THAT(done, HasSubstr("\"s3_retries\":" + std::to_string(cluster.retries)));
}

TEST_F(ClusterTest, AnotherKindOfCpuIsTold) {
  class Foreign : public DisorderlyCluster {
    Status Compute(Work work, const TaskSpec& spec, const std::vector<int64_t>& pieces,
                   const Done& done, std::stop_token stop) override {
      const Done foreign = [&](PieceDone piece) {
        piece.cpu = "Other-1-1-avx2";
        return done(piece);
      };
      return DisorderlyCluster::Compute(work, spec, pieces, foreign, stop);
    }
  } cluster;
  const RunReport report = MustGo("out", &cluster);
  EXPECT_THAT(report.warnings, Contains(HasSubstr("Other-1-1-avx2")).Times(1));
}

TEST_F(ClusterTest, NothingIsCommittedIntoARunThatReplacedThisOne) {
  cluster_.before = [&](Work) {
    return store::OpenByteStore(folder_ / "out").ValueOrDie()->Put(kPlanFile, "{}\n");
  };
  EXPECT_THAT(Go("out", &cluster_).status().message(), HasSubstr("begun anew"));
}

}  // namespace
}  // namespace pomona::job
