// SPDX-License-Identifier: Apache-2.0
// One request on one libcurl handle: what is set, what is taken of the reply, what it
// comes to. Used by the network thread of http.h alone.
#pragma once

#include <curl/curl.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <arrow/buffer.h>

#include "pomona/store/s3/http.h"

namespace pomona::store::s3 {

// libcurl's global set-up, once in a process.
Status InitCurl();

// Invalid where a URL or header could be read as two (line ends).
Status CheckRequest(const HttpRequest& request);

class Transfer {
 public:
  explicit Transfer(HttpRequest request) : request_(std::move(request)) {}
  ~Transfer();
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  // Sets all options of `easy`, which then refers to this object.
  Status Prepare(CURL* easy, const HttpOptions& options);
  // The outcome; `code` is what libcurl said.
  Result<HttpResponse> Finish(CURLcode code);

 private:
  static size_t OnHeader(char* data, size_t size, size_t count, void* self);
  static size_t OnBody(char* data, size_t size, size_t count, void* self);
  void TakeHeader(std::string_view line);
  Status TakeBody(std::string_view bytes);
  Status Reserve(int64_t size);
  Status CheckComplete() const;
  Status TransportError(int code, std::string_view why) const;
  bool HasBody() const;

  HttpRequest request_;
  CURL* easy_ = nullptr;
  curl_slist* header_list_ = nullptr;
  std::array<char, CURL_ERROR_SIZE> error_text_{};

  HttpResponse response_;
  bool headers_complete_ = false;
  std::shared_ptr<arrow::ResizableBuffer> body_;
  int64_t received_ = 0;
  Status failure_;  // of our own callbacks
};

}  // namespace pomona::store::s3
