// SPDX-License-Identifier: Apache-2.0
#include "pomona/job/layout.h"

#include <gtest/gtest.h>

namespace pomona::job {
namespace {

TEST(Layout, NamesAreThoseOfTheDocumentation) {
  EXPECT_EQ(ListingFolder(0), "listing/gen-0000");
  EXPECT_EQ(ListingSummary(12), "listing/gen-0012/listing.json");
  EXPECT_EQ(FeaturesFile(0), "features/part-00000.parquet");
  EXPECT_EQ(RejectsFile(99'999), "rejects/part-99999.parquet");
  EXPECT_EQ(MomentsFile(7), "moments/block-0007.bin");
  EXPECT_EQ(ReducerFolder(1), "reducer/gen-0001");
  EXPECT_EQ(ReducedFolder(1), "reduced/gen-0001");
  EXPECT_EQ(ReducedFile(1, 2, "csv"), "reduced/gen-0001/part-00002.csv");
  EXPECT_EQ(EventsFile(3), "events/0003.jsonl");
}

TEST(Layout, NumbersGrowBeyondTheirWidth) {
  EXPECT_EQ(FeaturesFile(1'234'567), "features/part-1234567.parquet");
  EXPECT_EQ(MomentsFile(12'345), "moments/block-12345.bin");
}

}  // namespace
}  // namespace pomona::job
