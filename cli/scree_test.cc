// SPDX-License-Identifier: Apache-2.0
#include "scree.h"

#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "text.h"

namespace pomona::cli {
namespace {

using testing::HasSubstr;

TEST(Scree, ShowsShareTotalAndBar) {
  EXPECT_EQ(ScreeBars({0.5, 0.25}, 2, 37, false),
            "   PC     share     total\n"
            "    1    50.0 %    50.0 %  #########\n"
            "    2    25.0 %    75.0 %  #####....\n");
}

TEST(Scree, FitsAnyWidth) {
  std::vector<double> shares(100, 0.01);
  for (int width : {30, 40, 80, 200}) {
    std::istringstream lines(ScreeBars(shares, 64, width, true));
    for (std::string line; std::getline(lines, line);) {
      EXPECT_LE(Columns(line), static_cast<size_t>(width)) << line;
    }
  }
}

TEST(Scree, LongOnesKeepTheLastAndTheTotal) {
  std::string text = ScreeBars(std::vector<double>(100, 0.01), 100, 80, false);
  EXPECT_THAT(text, HasSubstr("...\n  100     1.0 %   100.0 %"));
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 22);
}

TEST(Scree, SaysWhatIsKept) {
  EXPECT_THAT(ScreeBars({0.6, 0.3, 0.1}, 2, 80, false),
              HasSubstr("-- the reducer keeps these 2 --\n    3"));
  EXPECT_EQ(ScreeBars({}, 0, 80, false), "");
  EXPECT_THAT(ScreeBars({0, 0}, 2, 80, false), HasSubstr("    1     0.0 %"));
}

}  // namespace
}  // namespace pomona::cli
