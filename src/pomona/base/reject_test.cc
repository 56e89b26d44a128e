// SPDX-License-Identifier: Apache-2.0
#include "pomona/base/reject.h"

#include <gtest/gtest.h>

namespace pomona {
namespace {

TEST(Reject, TravelsInAStatus) {
  Status status =
      RejectStatus(RejectStage::kDecode, RejectCode::kTruncated, "ends early");
  auto reject = GetReject(status);
  ASSERT_TRUE(reject.has_value());
  EXPECT_EQ(RejectStageName(reject->stage), "decode");
  EXPECT_EQ(RejectCodeName(reject->code), "truncated");
  EXPECT_EQ(status.message(), "ends early");
}

TEST(Reject, OtherErrorsCarryNone) {
  EXPECT_FALSE(GetReject(Status::OK()).has_value());
  EXPECT_FALSE(GetReject(Status::IOError("disk full")).has_value());
}

TEST(Reject, NamesRoundTripAndOnlyReadsAreRetried) {
  for (int i = 0; i <= static_cast<int>(RejectCode::kNotFinite); ++i) {
    auto code = static_cast<RejectCode>(i);
    EXPECT_EQ(ParseRejectCode(RejectCodeName(code)), code);
    bool retriable = code == RejectCode::kReadFailed || code == RejectCode::kVanished;
    EXPECT_EQ(IsRetriable(code), retriable) << RejectCodeName(code);
  }
  EXPECT_FALSE(ParseRejectCode("no such code").has_value());
}

}  // namespace
}  // namespace pomona
