// SPDX-License-Identifier: Apache-2.0
#include "spark_master.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pomona::cli {
namespace {

using testing::HasSubstr;

TEST(SparkMaster, AddressesAreFound) {
  struct Case {
    const char* master;
    std::vector<std::pair<std::string, std::string>> endpoints;
  };
  for (const auto& [master, want] : std::vector<Case>{
           {"local", {}},
           {"local[2]", {}},
           {"yarn", {}},
           {"spark://head:7077", {{"head", "7077"}}},
           {"spark://a:1,b:2", {{"a", "1"}, {"b", "2"}}},
           {"k8s://https://api.example.org:6443", {{"api.example.org", "6443"}}}}) {
    const auto found = ParseMaster(master);
    ASSERT_TRUE(found.ok()) << found.status();
    ASSERT_EQ(found->size(), want.size()) << master;
    for (size_t i = 0; i < want.size(); ++i) {
      EXPECT_EQ((*found)[i].host, want[i].first);
      EXPECT_EQ((*found)[i].port, want[i].second);
    }
  }
  for (const char* wrong :
       {"", "head:7077", "spark://", "spark://head", "spark://head:", "spark://:7077",
        "spark://head:x", "spark://a:1,", "locally", "http://head:8080"}) {
    const Status status = ParseMaster(wrong).status();
    EXPECT_TRUE(status.IsInvalid()) << wrong;
    EXPECT_THAT(status.message(), HasSubstr("spark://HOST:PORT")) << wrong;
  }
}

// A port of this machine that is bound; it answers once it listens.
class Port {
 public:
  Port() : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(bind(fd_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    place_ = "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
  }
  ~Port() { close(fd_); }
  void Listen() const { EXPECT_EQ(listen(fd_, 4), 0); }
  const std::string& place() const { return place_; }

 private:
  int fd_;
  std::string place_;
};

TEST(SparkMaster, OneThatAnswersIsEnough) {
  const Port here;
  const Port deaf;
  const std::string master = "spark://" + deaf.place() + "," + here.place();
  const auto timeout = std::chrono::milliseconds(2000);
  const Status away = ProbeMaster(master, timeout);
  EXPECT_TRUE(away.IsIOError());
  EXPECT_THAT(away.message(), HasSubstr(here.place() + ": Connection refused"));
  here.Listen();
  EXPECT_TRUE(ProbeMaster(master, timeout).ok());
  EXPECT_TRUE(ProbeMaster("local[2]", timeout).ok());
}

TEST(SparkMaster, SilenceEndsInTime) {
  const auto start = std::chrono::steady_clock::now();
  // Of the addresses that are kept for documents: nobody answers.
  const Status status =
      ProbeMaster("spark://192.0.2.1:7077", std::chrono::milliseconds(300));
  EXPECT_TRUE(status.IsIOError()) << status;
  EXPECT_THAT(status.message(), HasSubstr("192.0.2.1:7077"));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(2));
}

}  // namespace
}  // namespace pomona::cli
