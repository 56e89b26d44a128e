// SPDX-License-Identifier: Apache-2.0
#include "spark_master.h"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <future>
#include <memory>
#include <thread>

namespace pomona::cli {
namespace {

using Clock = std::chrono::steady_clock;

constexpr char kMasters[] =
    "it must be spark://HOST:PORT, local[N], yarn or k8s://https://HOST:PORT";

int MillisecondsUntil(Clock::time_point end) {
  const auto left =
      std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now());
  return static_cast<int>(std::max<int64_t>(0, left.count()));
}

Result<Endpoint> ParseEndpoint(const std::string& master, const std::string& text) {
  const size_t colon = text.rfind(':');
  const bool found = colon != std::string::npos && colon > 0 && colon + 1 < text.size();
  if (!found || text.find_first_not_of("0123456789", colon + 1) != std::string::npos) {
    return Status::Invalid("--master ", master, ": no HOST:PORT in '", text, "'; ",
                           kMasters);
  }
  return Endpoint{text.substr(0, colon), text.substr(colon + 1)};
}

struct Addresses {
  addrinfo* list = nullptr;
  int error = 0;
  Addresses() = default;
  Addresses(const Addresses&) = delete;
  Addresses& operator=(const Addresses&) = delete;
  ~Addresses() {
    if (list != nullptr) freeaddrinfo(list);
  }
};

// A name server that is away must not hold us: it is asked by a thread that may outlive
// this call.
std::shared_ptr<Addresses> Resolve(const Endpoint& endpoint, Clock::time_point end) {
  auto promise = std::make_shared<std::promise<std::shared_ptr<Addresses>>>();
  auto answer = promise->get_future();
  std::thread([promise, endpoint] {
    auto addresses = std::make_shared<Addresses>();
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addresses->error = getaddrinfo(endpoint.host.c_str(), endpoint.port.c_str(), &hints,
                                   &addresses->list);
    promise->set_value(addresses);
  }).detach();
  if (answer.wait_until(end) != std::future_status::ready) return nullptr;
  return answer.get();
}

// 0, or the errno of connecting.
int Connect(const addrinfo& address, Clock::time_point end) {
  const int fd = socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return errno;
  int error = connect(fd, address.ai_addr, address.ai_addrlen) == 0 ? 0 : errno;
  if (error == EINPROGRESS) {
    pollfd waiting{fd, POLLOUT, 0};
    error = poll(&waiting, 1, MillisecondsUntil(end)) > 0 ? 0 : ETIMEDOUT;
    socklen_t size = sizeof error;
    if (error == 0) getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
  }
  close(fd);
  return error;
}

// "" when it answers, else why not.
std::string Probe(const Endpoint& endpoint, Clock::time_point end) {
  const auto addresses = Resolve(endpoint, end);
  if (!addresses) return "its name was not resolved in time";
  if (addresses->error != 0) return gai_strerror(addresses->error);
  int error = ETIMEDOUT;
  for (const auto* at = addresses->list; at != nullptr; at = at->ai_next) {
    error = Connect(*at, end);
    if (error == 0) return "";
  }
  return std::strerror(error);
}

}  // namespace

Result<std::vector<Endpoint>> ParseMaster(const std::string& master) {
  const auto after = [&](const std::string& prefix) {
    return master.starts_with(prefix) ? master.substr(prefix.size()) : std::string();
  };
  std::vector<Endpoint> endpoints;
  if (master == "local" || master == "yarn" || master.starts_with("local[") ||
      master.starts_with("local-cluster[")) {
    return endpoints;
  }
  std::string places = after("spark://");
  if (places.empty()) {
    for (const char* prefix : {"k8s://https://", "k8s://http://", "k8s://"}) {
      if (places.empty()) places = after(prefix);
    }
  }
  if (places.empty()) return Status::Invalid("--master is '", master, "'; ", kMasters);
  for (size_t begin = 0; begin <= places.size();) {
    const size_t end = std::min(places.find(',', begin), places.size());
    ARROW_ASSIGN_OR_RAISE(auto endpoint,
                          ParseEndpoint(master, places.substr(begin, end - begin)));
    endpoints.push_back(std::move(endpoint));
    begin = end + 1;
  }
  return endpoints;
}

Status ProbeMaster(const std::string& master, std::chrono::milliseconds timeout) {
  ARROW_ASSIGN_OR_RAISE(const auto endpoints, ParseMaster(master));
  std::string why;
  const auto end = Clock::now() + timeout;
  for (size_t i = 0; i < endpoints.size(); ++i) {
    // Each of those left gets its part of the time.
    const auto part = (end - Clock::now()) / (endpoints.size() - i);
    const std::string reason = Probe(endpoints[i], Clock::now() + part);
    if (reason.empty()) return Status::OK();
    why += (why.empty() ? "" : "; ") + endpoints[i].host + ":" + endpoints[i].port +
           ": " + reason;
  }
  if (endpoints.empty()) return Status::OK();
  return Status::IOError("the Spark master ", master, " cannot be reached (", why,
                         ")\nhint: is it running, is this its address (its page shows "
                         "it), does a firewall stand between?");
}

}  // namespace pomona::cli
