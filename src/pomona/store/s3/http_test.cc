// SPDX-License-Identifier: Apache-2.0
#include "pomona/store/s3/http.h"

#include <curl/curl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <future>

#include <arrow/buffer.h>
#include <arrow/io/interfaces.h>
#include <arrow/util/thread_pool.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pomona/store/s3/test_server.h"

namespace pomona::store::s3 {
namespace {

using testing::HasSubstr;
using testing::Not;
using Clock = std::chrono::steady_clock;

arrow::internal::Executor* IoThreads() {
  return arrow::io::default_io_context().executor();
}

HttpRequest To(const std::string& url, const std::string& method = "GET") {
  HttpRequest request;
  request.method = method;
  request.url = url;
  return request;
}

Result<HttpResponse> Ask(HttpEngine* engine, HttpRequest request) {
  return engine->Send(std::move(request), 0, nullptr).result();
}

Result<HttpResponse> AskOnce(const ScriptedReply& reply,
                             const std::string& method = "GET", int64_t limit = 1000) {
  ScriptedServer server([&](const SeenRequest&) { return reply; });
  HttpOptions options;
  options.stall_timeout = 1;
  HttpEngine engine(options);
  HttpRequest request = To(server.url(), method);
  request.max_response = limit;
  return Ask(&engine, request);
}

TEST(Http, GivesStatusHeadersAndBody) {
  const auto reply =
      AskOnce(Reply("404 Not Found", "gone", "ETag: \"x\"\r\nX-Two:  a  b \r\n"))
          .ValueOrDie();
  EXPECT_EQ(reply.status, 404);
  EXPECT_EQ(reply.body->ToString(), "gone");
  EXPECT_EQ(reply.headers.at("etag"), "\"x\"");
  EXPECT_EQ(reply.headers.at("x-two"), "a  b");
}

TEST(Http, TakesEveryKindOfWholeReply) {
  const std::string ok = "HTTP/1.1 200 OK\r\n";
  struct Case {
    const char* method;
    std::string bytes;
    const char* body;
  };
  const Case cases[] = {
      {"GET", ok + "Content-Length: 0\r\n\r\n", ""},
      {"GET", ok + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
       "abcde"},
      {"GET", "HTTP/1.1 100 Continue\r\n\r\n" + ok + "Content-Length: 1\r\n\r\na", "a"},
      {"HEAD", ok + "Content-Length: 1000000\r\n\r\n", ""},
      {"DELETE", "HTTP/1.1 204 No Content\r\n\r\n", ""},
      {"GET", "HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n", ""},
  };
  for (const Case& c : cases) {
    const auto reply = AskOnce({c.bytes}, c.method);
    ASSERT_TRUE(reply.ok()) << c.bytes << reply.status();
    EXPECT_EQ(reply->body->ToString(), c.body) << c.bytes;
    EXPECT_NE(reply->body, nullptr);
  }
}

TEST(Http, AReplyThatIsNotWholeIsAnError) {
  const std::string ok = "HTTP/1.1 200 OK\r\n";
  struct Case {
    const char* what;
    ScriptedReply reply;
    int code;
  };
  const Case cases[] = {
      {"body cut", {ok + "Content-Length: 9\r\n\r\nabc", true}, CURLE_PARTIAL_FILE},
      {"no body", {ok + "Content-Length: 9\r\n\r\n", true}, CURLE_PARTIAL_FILE},
      {"chunks cut",
       {ok + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", true},
       CURLE_PARTIAL_FILE},
      {"headers cut", {ok + "Content-Length: 3\r\n", true}, CURLE_PARTIAL_FILE},
      {"header cut", {ok + "Content-Len", true}, CURLE_PARTIAL_FILE},
      {"no length", {ok + "\r\nabc", true}, CURLE_PARTIAL_FILE},
      {"nothing", {"", true}, CURLE_GOT_NOTHING},
      {"stalled", {ok + "Content-Length: 9\r\n\r\nabc"}, CURLE_OPERATION_TIMEDOUT},
      {"silent", {""}, CURLE_OPERATION_TIMEDOUT},
      {"too long", Reply("200 OK", std::string(1001, 'x')), CURLE_FILESIZE_EXCEEDED},
      {"too long, in chunks",
       {ok + "Transfer-Encoding: chunked\r\n\r\n3e9\r\n" + std::string(1001, 'x') +
        "\r\n0\r\n\r\n"},
       CURLE_FILESIZE_EXCEEDED},
      {"a length that is none", {ok + "Content-Length: -5\r\n\r\n", true}, -1},
      {"a huge length",
       {ok + "Content-Length: 9223372036854775807\r\n\r\nabc"},
       CURLE_FILESIZE_EXCEEDED},
  };
  for (const Case& c : cases) {
    const auto reply = AskOnce(c.reply);
    ASSERT_FALSE(reply.ok()) << c.what;
    EXPECT_TRUE(reply.status().IsIOError()) << c.what;
    const int code = GetCurlCode(reply.status()).value_or(0);
    if (c.code > 0) {
      EXPECT_EQ(code, c.code) << c.what << ": " << reply.status();
    }
  }
}

TEST(Http, AnErrorsBodyIsReadWhateverTheLimit) {
  const auto reply = AskOnce(Reply("403 Forbidden", "<Error/>"), "GET", 1).ValueOrDie();
  EXPECT_EQ(reply.body->ToString(), "<Error/>");
}

TEST(Http, NobodyListeningIsAnError) {
  std::string url;
  {
    ScriptedServer server([](const SeenRequest&) { return ScriptedReply{}; });
    url = server.url();
  }
  HttpEngine engine({});
  const Status status = Ask(&engine, To(url)).status();
  EXPECT_EQ(GetCurlCode(status), CURLE_COULDNT_CONNECT) << status;
  EXPECT_THAT(status.message(), HasSubstr("127.0.0.1"));
}

TEST(Http, SendsWhatItIsGivenAndNoMore) {
  ScriptedServer server([](const SeenRequest&) { return Reply("200 OK", ""); });
  HttpEngine engine({});
  HttpRequest request = To(server.url("/a%20b/../c?x=%2F"), "PUT");
  request.headers = {{"host", "bucket.example"}, {"if-none-match", "*"}, {"x-empty", ""}};
  const std::string body(3 << 20, 'z');
  request.body = arrow::Buffer::FromString(body);
  ASSERT_TRUE(Ask(&engine, request).ok());
  request.body = arrow::Buffer::FromString("");
  ASSERT_TRUE(Ask(&engine, request).ok());
  ASSERT_TRUE(Ask(&engine, To(server.url(), "DELETE")).ok());
  const auto seen = server.seen();
  ASSERT_EQ(seen.size(), 3u);
  EXPECT_EQ(seen[0].head,
            "PUT /a%20b/../c?x=%2F HTTP/1.1\r\nHost: bucket.example\r\nif-none-match: "
            "*\r\nx-empty:\r\nContent-Length: 3145728");
  EXPECT_EQ(seen[0].body, body);
  EXPECT_THAT(seen[1].head, HasSubstr("Content-Length: 0"));
  EXPECT_EQ(seen[2].head, "DELETE / HTTP/1.1\r\nHost: " + server.host());
}

TEST(Http, NoHeaderCanBeMadeTwo) {
  HttpEngine engine({});
  HttpRequest request = To("http://127.0.0.1:1/");
  request.headers["x"] = "a\r\ny: b";
  EXPECT_TRUE(Ask(&engine, request).status().IsInvalid());
  EXPECT_TRUE(Ask(&engine, To("http://127.0.0.1:1/\n")).status().IsInvalid());
  EXPECT_FALSE(Ask(&engine, To("file:///etc/passwd")).ok());
}

TEST(Http, TheProxyOfTheEnvironmentIsNotUsed) {
  ScriptedServer proxy([](const SeenRequest&) { return Reply("502 Bad Gateway", ""); });
  ScriptedServer server([](const SeenRequest&) { return Reply("200 OK", ""); });
  setenv("http_proxy", proxy.url().c_str(), 1);
  HttpEngine direct({});
  EXPECT_EQ(Ask(&direct, To(server.url())).ValueOrDie().status, 200);
  HttpOptions options;
  options.proxy = proxy.url();
  HttpEngine proxied(options);
  EXPECT_EQ(Ask(&proxied, To(server.url())).ValueOrDie().status, 502);
  unsetenv("http_proxy");
}

TEST(Http, ManyRequestsShareFewConnections) {
  ScriptedServer server([](const SeenRequest& request) {
    ScriptedReply reply = Reply("200 OK", request.line());
    reply.wait_ms = 2;
    return reply;
  });
  HttpOptions options;
  options.max_in_flight = 4;
  HttpEngine engine(options);
  std::vector<arrow::Future<HttpResponse>> replies;
  for (int i = 0; i < 200; ++i) {
    replies.push_back(
        engine.Send(To(server.url("/" + std::to_string(i))), 0, IoThreads()));
  }
  for (int i = 0; i < 200; ++i) {
    EXPECT_EQ(replies[i].result().ValueOrDie().body->ToString(),
              "GET /" + std::to_string(i) + " HTTP/1.1");
  }
  EXPECT_LE(server.connections(), 4);
  EXPECT_LE(server.most_at_once(), 4);
  EXPECT_GE(server.most_at_once(), 2);
}

TEST(Http, AContinuationThatWaitsDoesNotHoldTheNetwork) {
  ScriptedServer server([](const SeenRequest&) { return Reply("200 OK", ""); });
  HttpEngine engine({});
  std::promise<void> gate;
  auto open = gate.get_future().share();
  auto held =
      engine.Send(To(server.url()), 0, IoThreads()).Then([open](const HttpResponse&) {
        open.wait();
      });
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(Ask(&engine, To(server.url())).ok());
  EXPECT_FALSE(held.is_finished());
  gate.set_value();
  EXPECT_TRUE(held.status().ok());
}

TEST(Http, DelayedRequestsWaitWithoutHoldingASlot) {
  ScriptedServer server([](const SeenRequest&) { return Reply("200 OK", ""); });
  HttpOptions options;
  options.max_in_flight = 1;
  HttpEngine engine(options);
  const auto begin = Clock::now();
  auto late = engine.Send(To(server.url("/late")), 0.3, nullptr);
  auto later = engine.Send(To(server.url("/later")), 0.6, nullptr);
  EXPECT_TRUE(Ask(&engine, To(server.url("/now"))).ok());
  EXPECT_FALSE(late.is_finished());
  EXPECT_TRUE(later.status().ok());
  EXPECT_TRUE(late.is_finished());
  EXPECT_GE(Clock::now() - begin, std::chrono::milliseconds(600));
}

TEST(Http, StoppingFailsWhatIsOpenAndWhatComes) {
  ScriptedServer server([](const SeenRequest&) { return ScriptedReply{}; });
  arrow::Future<HttpResponse> open;
  arrow::Future<HttpResponse> waiting;
  const auto begin = Clock::now();
  {
    HttpEngine engine({});
    open = engine.Send(To(server.url()), 0, IoThreads());
    waiting = engine.Send(To(server.url()), 100, IoThreads());
    while (server.seen().empty()) usleep(1000);
    engine.Cancel();
    EXPECT_TRUE(Ask(&engine, To(server.url())).status().IsCancelled());
  }
  EXPECT_TRUE(open.status().IsCancelled());
  EXPECT_TRUE(waiting.status().IsCancelled());
  EXPECT_LT(Clock::now() - begin, std::chrono::seconds(5));
}

TEST(Http, AForkedChildIsToldThatTheEngineIsDead) {
  ScriptedServer server([](const SeenRequest&) { return Reply("200 OK", ""); });
  auto engine = std::make_unique<HttpEngine>(HttpOptions{});
  ASSERT_TRUE(Ask(engine.get(), To(server.url())).ok());
  const pid_t child = fork();
  if (child == 0) {
    const bool told = Ask(engine.get(), To(server.url())).status().IsInvalid();
    engine.reset();
    _exit(told ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  EXPECT_TRUE(Ask(engine.get(), To(server.url())).ok());
  EXPECT_EQ(server.connections(), 1) << "the child closed the parent's connection";
}

TEST(Http, AnUnusedEngineWorksAfterAFork) {
  ScriptedServer server([](const SeenRequest&) { return Reply("200 OK", ""); });
  HttpEngine engine({});
  const pid_t child = fork();
  if (child == 0) _exit(Ask(&engine, To(server.url())).ok() ? 0 : 1);
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

}  // namespace
}  // namespace pomona::store::s3
