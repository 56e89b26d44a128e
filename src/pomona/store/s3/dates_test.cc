// SPDX-License-Identifier: Apache-2.0
#include "pomona/store/s3/dates.h"

#include <gtest/gtest.h>

namespace pomona::store::s3 {
namespace {

// The seconds are those of date(1): date -u -d 'TEXT' +%s.
TEST(Dates, AreWrittenAndRead) {
  EXPECT_EQ(AmzDate(0), "19700101T000000Z");
  EXPECT_EQ(AmzDate(1369353600), "20130524T000000Z");
  EXPECT_EQ(ParseIsoDate("2009-10-12T17:50:30.000Z"), 1255369830000000000);
  EXPECT_EQ(ParseIsoDate("2009-10-12T17:50:30Z"), 1255369830000000000);
  EXPECT_EQ(ParseIsoDate("2024-02-29T23:59:59.123456789Z"), 1709251199123456789);
  EXPECT_EQ(ParseIsoDate("2024-02-29T23:59:59.5Z"), 1709251199500000000);
  EXPECT_EQ(ParseHttpDate("Fri, 24 May 2013 00:00:00 GMT"), 1369353600);
  EXPECT_EQ(ParseHttpDate("Wed, 31 Dec 1969 23:59:59 GMT"), std::nullopt);
}

TEST(Dates, NothingElseIsRead) {
  for (const char* text :
       {"", "Z", "2009-10-12", "2009-10-12T17:50:30", "2009-10-12T17:50:30.Z",
        "2009-10-12T17:50:30.0123456789Z", "2009-13-12T17:50:30Z", "2009-02-30T17:50:30Z",
        "2009-10-12T24:50:30Z", "2009-10-12T17:60:30Z", "20 9-10-12T17:50:30Z",
        "2009-10-12T17:50:30+02:00", "9999-10-12T17:50:30Z", "1969-12-31T23:59:59Z"}) {
    EXPECT_EQ(ParseIsoDate(text), std::nullopt) << text;
  }
  for (const char* text :
       {"", "Fri, 24 May 2013 00:00:00 UTC", "Fri, 24 Mai 2013 00:00:00 GMT",
        "Fri, 31 Apr 2013 00:00:00 GMT", "Fri, 24 May 2013 0:00:00 GMT ",
        "Fri, 24 anF 2013 00:00:00 GMT"}) {
    EXPECT_EQ(ParseHttpDate(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace pomona::store::s3
