// SPDX-License-Identifier: Apache-2.0
#include "pomona/model/protobuf.h"

#include <gtest/gtest.h>

namespace pomona::model {
namespace {

using namespace std::string_literals;

// The examples of protobuf.dev, "Encoding".
TEST(Protobuf, WritesWhatTheSpecificationShows) {
  EXPECT_EQ(MessageWriter().Int(1, 150).bytes(), "\x08\x96\x01"s);
  EXPECT_EQ(MessageWriter().Bytes(2, "testing").bytes(), "\x12\x07testing"s);
  EXPECT_EQ(MessageWriter().Packed(6, {3, 270, 86942}).bytes(),
            "\x32\x06\x03\x8e\x02\x9e\xa7\x05"s);
  EXPECT_EQ(MessageWriter().Int(1, -2).bytes(),
            "\x08\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01"s);
}

TEST(Protobuf, ReadsWhatItWrote) {
  const std::string inner = MessageWriter().Int(5, 0).bytes();
  const std::string bytes =
      MessageWriter().Bytes(7, inner).Int(300, int64_t{1} << 40).bytes();
  Message message(bytes);
  const Field first = message.Next().value();
  EXPECT_EQ(first.number, 7U);
  EXPECT_EQ(first.bytes, inner);
  const Field second = message.Next().value();
  EXPECT_EQ(second.number, 300U);
  EXPECT_EQ(second.varint, uint64_t{1} << 40);
  EXPECT_FALSE(message.Next().has_value());
  EXPECT_FALSE(message.broken());
  EXPECT_EQ(MessageWriter().Raw(first.raw).Raw(second.raw).bytes(), bytes);
}

TEST(Protobuf, AMessageThatIsCutShortIsBroken) {
  const std::string bytes = MessageWriter().Bytes(2, "testing").Int(1, 150).bytes();
  for (size_t size = 1; size < bytes.size(); ++size) {
    if (size == 9) continue;  // after the first field
    Message message(std::string_view(bytes).substr(0, size));
    while (message.Next()) {
    }
    EXPECT_TRUE(message.broken()) << size;
  }
}

}  // namespace
}  // namespace pomona::model
