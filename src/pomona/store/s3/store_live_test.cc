// SPDX-License-Identifier: Apache-2.0
// What only the S3 store does, on a real server; the contract of all stores is
// instantiated on it in ../local_store_test.cc.
#include <arrow/buffer.h>
#include <arrow/io/interfaces.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pomona/store/s3/store.h"

#include "tests/contract/live_s3.h"

namespace pomona::store {
namespace {

class LiveS3Store : public testing::Test {
 protected:
  void SetUp() override {
    const auto stores = LiveS3Stores();
    if (stores.empty())
      GTEST_SKIP() << "needs POMONA_TEST_S3_BUCKET and AWS_ENDPOINT_URL";
    store_ = stores[0]();
  }
  std::shared_ptr<ByteStore> store_;
};

TEST_F(LiveS3Store, LargeFilesAreUploadedInParts) {
  const std::string bytes(70 << 20, 'x');
  ASSERT_TRUE(store_->Put("large", bytes).ok());
  auto file = store_->Open("large").ValueOrDie();
  EXPECT_EQ(file->GetSize().ValueOrDie(), 70 << 20);
  EXPECT_EQ(file->ReadAt((70 << 20) - 5, 10).ValueOrDie()->ToString(), "xxxxx");
  EXPECT_EQ((*store_->Read("large"))->ToString(), bytes);
}

TEST_F(LiveS3Store, AnOpenFileIsNeverAMixtureOfTwo) {
  ASSERT_TRUE(store_->Put("x", std::string(3 << 20, 'a')).ok());
  auto file = store_->Open("x").ValueOrDie();
  EXPECT_EQ(file->ReadAt(7, 3).ValueOrDie()->ToString(), "aaa");
  ASSERT_TRUE(store_->Put("x", std::string(3 << 20, 'b')).ok());
  EXPECT_THAT(file->ReadAt(7, 3).status().message(), testing::HasSubstr("/x'"));
}

}  // namespace
}  // namespace pomona::store
