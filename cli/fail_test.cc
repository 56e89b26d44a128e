// SPDX-License-Identifier: Apache-2.0
#include "fail.h"

#include <gtest/gtest.h>

namespace pomona::cli {
namespace {

TEST(Fail, OneErrorLine) {
  EXPECT_EQ(ErrorText(Status::IOError("cannot read a.jpg: no such file")),
            "error: cannot read a.jpg: no such file\n");
  EXPECT_EQ(ErrorText(Status::Cancelled("")), "error: Cancelled\n");
}

TEST(Fail, HintsAndListsHaveLinesOfTheirOwn) {
  EXPECT_EQ(ErrorText(Status::Invalid("settings differ:\nseed: 1 there, 2 here\n"
                                      "hint: --overwrite starts anew")),
            "error: settings differ:\n  seed: 1 there, 2 here\n"
            "hint: --overwrite starts anew\n");
  EXPECT_EQ(ErrorText(Status::Invalid("no plan; hint: run pomona run")),
            "error: no plan\nhint: run pomona run\n");
}

TEST(Fail, ControlBytesAreEscaped) {
  EXPECT_EQ(ErrorText(Status::Invalid("a\x1b[2J")), "error: a\\x1B[2J\n");
}

}  // namespace
}  // namespace pomona::cli
