// SPDX-License-Identifier: Apache-2.0
// For tests: an HTTP server on loopback that answers what a script says, byte for byte,
// for what a real S3 server cannot be made to do (throttle, cut a reply, lie about a
// length).
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace pomona::store::s3 {

struct SeenRequest {
  std::string head;  // request line and headers
  std::string body;
  std::string line() const { return head.substr(0, head.find("\r\n")); }
};

struct ScriptedReply {
  std::string bytes;
  bool close = false;  // the connection, afterwards
  int wait_ms = 0;     // before it is sent
};

// A whole reply with a length.
inline ScriptedReply Reply(const std::string& status, const std::string& body,
                           const std::string& headers = "") {
  return {"HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(body.size()) +
          "\r\n" + headers + "\r\n" + body};
}

inline ScriptedReply ErrorReply(const std::string& status, const std::string& code,
                                const std::string& more = "",
                                const std::string& headers = "") {
  return Reply(status,
               "<Error><Code>" + code + "</Code><Message>said the server</Message>" +
                   more + "</Error>",
               headers);
}

class ScriptedServer {
 public:
  using Script = std::function<ScriptedReply(const SeenRequest&)>;

  explicit ScriptedServer(Script script) : script_(std::move(script)) {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    auto* plain = reinterpret_cast<sockaddr*>(&address);
    if (bind(listener_, plain, size) != 0 || listen(listener_, 128) != 0) std::abort();
    getsockname(listener_, plain, &size);
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { Accept(); });
  }

  ~ScriptedServer() {
    shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    close(listener_);
    {
      std::lock_guard<std::mutex> lock(mutex_);
      for (int connection : open_) shutdown(connection, SHUT_RDWR);
    }
    for (auto& thread : threads_) thread.join();
    for (int connection : open_) close(connection);
  }

  std::string host() const { return "127.0.0.1:" + std::to_string(port_); }
  std::string url(const std::string& path = "/") const {
    return "http://" + host() + path;
  }
  int connections() const { return connections_; }
  int most_at_once() const { return most_; }
  std::vector<SeenRequest> seen() {
    std::lock_guard<std::mutex> lock(mutex_);
    return seen_;
  }

 private:
  void Accept() {
    for (;;) {
      const int connection = accept(listener_, nullptr, nullptr);
      if (connection < 0) return;
      ++connections_;
      std::lock_guard<std::mutex> lock(mutex_);
      open_.push_back(connection);
      threads_.emplace_back([this, connection] { Serve(connection); });
    }
  }

  void Serve(int connection) {
    SeenRequest request;
    while (Read(connection, &request)) {
      const int now = ++at_once_;
      for (int most = most_; now > most && !most_.compare_exchange_weak(most, now);) {
      }
      const ScriptedReply reply = script_(request);
      if (reply.wait_ms > 0) usleep(static_cast<useconds_t>(reply.wait_ms) * 1000);
      --at_once_;
      send(connection, reply.bytes.data(), reply.bytes.size(), MSG_NOSIGNAL);
      if (reply.close) break;
    }
    shutdown(connection, SHUT_RDWR);
  }

  bool Read(int connection, SeenRequest* request) {
    std::string text;
    size_t end = std::string::npos;
    size_t whole = 0;
    while (end == std::string::npos || text.size() < whole) {
      char buffer[16384];
      const ssize_t n = recv(connection, buffer, sizeof(buffer), 0);
      if (n <= 0) return false;
      text.append(buffer, static_cast<size_t>(n));
      if (text[0] < 'A') {  // no HTTP, so TLS: what plain servers answer to that
        constexpr std::string_view kBad = "HTTP/1.1 400 Bad Request\r\n\r\n";
        send(connection, kBad.data(), kBad.size(), MSG_NOSIGNAL);
        return false;
      }
      if (end != std::string::npos) continue;
      end = text.find("\r\n\r\n");
      if (end == std::string::npos) continue;
      const size_t length = text.find("Content-Length: ");
      whole = end + 4 + (length < end ? std::stoul(text.substr(length + 16)) : 0);
    }
    *request = {text.substr(0, end), text.substr(end + 4)};
    std::lock_guard<std::mutex> lock(mutex_);
    seen_.push_back(*request);
    return true;
  }

  Script script_;
  int listener_ = -1;
  int port_ = 0;
  std::thread acceptor_;
  std::atomic<int> connections_ = 0;
  std::atomic<int> at_once_ = 0;
  std::atomic<int> most_ = 0;
  std::mutex mutex_;
  std::vector<int> open_;
  std::vector<std::thread> threads_;
  std::vector<SeenRequest> seen_;
};

}  // namespace pomona::store::s3
