// SPDX-License-Identifier: Apache-2.0
// The job from C++: pomona_example PHOTOS OUT. Built with the tests (scripts/build.sh
// dev).
#include <iostream>

#include "pomona/job/run.h"

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: pomona_example PHOTOS OUT\n";
    return 2;
  }
  pomona::job::Settings settings;
  settings.fit.components = 32;
  const auto report = pomona::job::Run(argv[1], argv[2], settings, {});
  if (!report.ok()) {  // arrow::Status: says what is wrong and what to do
    std::cerr << report.status().message() << "\n";
    return 1;
  }
  std::cout << report->rows << " rows, " << report->reject_count() << " rejects\n";
  return 0;
}
