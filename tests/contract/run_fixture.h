// SPDX-License-Identifier: Apache-2.0
// What tests of whole runs share: some of the repository's pictures in a folder, a small
// network with random weights.
#pragma once

#include <algorithm>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "pomona/job/layout.h"
#include "pomona/job/run.h"

#include "tests/contract/job_fixtures.h"
#include "tests/contract/temp_folder.h"

namespace pomona::job {

class ExampleRun : public testing::Test {
 protected:
  ExampleRun() {
    settings_.backbone.weights = "none";
    settings_.backbone.input_width = settings_.backbone.input_height = 32;
    settings_.backbone.layer = "block1_pool";
    settings_.backbone.pool = model::Pool::kAvg;
    settings_.precision = "f32";
    settings_.fit.components = 3;
    options_.threads = 2;
    options_.max_bad = 0.5;
    options_.sink = &sink_;
  }
  // Copies pictures number `from` .. `to` - 1 of the examples into the source.
  void Copy(size_t from, size_t to) {
    namespace fs = std::filesystem;
    std::vector<fs::path> pictures;
    const fs::path root = fs::path(POMONA_SOURCE_DIR) / "examples/fruits";
    for (const auto& entry : fs::recursive_directory_iterator(root)) {
      if (entry.path().extension() == ".jpg") pictures.push_back(entry.path());
    }
    std::sort(pictures.begin(), pictures.end());
    ASSERT_GE(pictures.size(), to);
    for (size_t i = from; i < to; ++i) {
      const fs::path target = fs::path(source()) / fs::relative(pictures[i], root);
      fs::create_directories(target.parent_path());
      fs::copy_file(pictures[i], target);
    }
  }
  std::string source() const { return folder_ / "source"; }
  Result<RunReport> RunTo(const std::string& out) {
    return job::Run(source(), folder_ / out, settings_, options_);
  }
  static RunReport Must(const Result<RunReport>& report) {
    EXPECT_TRUE(report.ok()) << report.status();
    return report.ok() ? *report : RunReport();
  }
  // What must not depend on how the run went.
  std::map<std::string, std::string> ResultsIn(const std::string& out) {
    auto tree = Tree(store::OpenByteStore(folder_ / out).ValueOrDie().get());
    tree.erase(kManifestFile);
    std::erase_if(tree,
                  [](const auto& file) { return file.first.starts_with("events/"); });
    return tree;
  }

  TempFolder folder_;
  Settings settings_;
  RunOptions options_;
  KeepingSink sink_;
};

}  // namespace pomona::job
