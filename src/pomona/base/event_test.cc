// SPDX-License-Identifier: Apache-2.0
#include "pomona/base/event.h"

#include <gtest/gtest.h>

namespace pomona {
namespace {

TEST(Event, IsOneLineOfJson) {
  Event event{"shard_done",
              {{"shard", int64_t{3}}, {"name", std::string("a\nb")}, {"ok", true}}};
  EXPECT_EQ(ToJsonLine(event),
            R"({"event":"shard_done","shard":3,"name":"a\nb","ok":true})");
}

TEST(Event, BytesThatAreNotUtf8DoNotThrow) {
  EXPECT_EQ(ToJsonLine({"x", {{"path", std::string("caf\xe9")}}}),
            "{\"event\":\"x\",\"path\":\"caf\xEF\xBF\xBD\"}");
}

}  // namespace
}  // namespace pomona
