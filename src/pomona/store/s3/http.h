// SPDX-License-Identifier: Apache-2.0
// Many HTTP requests at once: one thread that runs libcurl's multi interface over
// connections that are kept alive. HTTP/1.1, TLS verified, redirects not followed, no
// proxy from the environment. No retries: see client.h.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include <arrow/type_fwd.h>
#include <arrow/util/future.h>

#include "pomona/base/status.h"

namespace pomona::store::s3 {

// Names in lower case; a name that a server repeats keeps its last value.
using HttpHeaders = std::map<std::string, std::string>;
// "" where there is none.
inline std::string Header(const HttpHeaders& headers, const char* name) {
  const auto found = headers.find(name);
  return found == headers.end() ? "" : found->second;
}

struct HttpRequest {
  std::string method = "GET";  // GET, HEAD, PUT, DELETE
  std::string url;             // encoded; sent as it is, "/../" too
  HttpHeaders headers;
  std::shared_ptr<arrow::Buffer> body;  // of a PUT; null for none
  // Bytes of a 2xx reply's body that are taken at most; a longer one is an error.
  int64_t max_response = 16 << 20;
};

struct HttpResponse {
  int status = 0;
  HttpHeaders headers;
  std::shared_ptr<arrow::Buffer> body;  // never null
};

inline bool IsSuccess(int status) { return status >= 200 && status < 300; }

struct HttpOptions {
  int max_in_flight = 64;      // requests on the wire at a time
  double connect_timeout = 5;  // seconds, with the TLS handshake
  int stall_timeout = 20;      // seconds without a byte
  std::string ca_file;         // PEM file of certificates; "": the system's
  std::string proxy;           // "": none
};

// A request without a usable reply: an IOError that says in words what happened and
// carries libcurl's code. A reply that ends before its Content-Length, in its headers, or
// whose end cannot be told is CURLE_PARTIAL_FILE; one that is longer than max_response is
// CURLE_FILESIZE_EXCEEDED.
std::optional<int> GetCurlCode(const Status& status);

class HttpEngine {
 public:
  // Starts nothing: the thread begins with the first request.
  explicit HttpEngine(HttpOptions options);
  // Open requests fail with Cancelled. Not from a continuation on the network thread.
  ~HttpEngine();
  HttpEngine(const HttpEngine&) = delete;
  HttpEngine& operator=(const HttpEngine&) = delete;

  // Sends after `delay` seconds, when fewer than max_in_flight are on the wire.
  // Thread-safe; never blocks. Any HTTP status is a response. The future is finished on
  // `executor`, or, when that is null, on the network thread: for callers that only wait
  // for it, who then depend on no thread pool. In a forked child of a process that has
  // used it the engine is dead: requests fail with Invalid.
  arrow::Future<HttpResponse> Send(HttpRequest request, double delay,
                                   arrow::internal::Executor* executor);

  // Fails open and all later requests with Cancelled. Thread-safe; does not wait.
  void Cancel();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace pomona::store::s3
