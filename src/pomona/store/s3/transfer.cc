// SPDX-License-Identifier: Apache-2.0
#include "pomona/store/s3/transfer.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <mutex>
#include <utility>

namespace pomona::store::s3 {
namespace {

// Replies that are errors are short; more of one is not read.
constexpr int64_t kMaxErrorBody = 1 << 20;

class CurlDetail : public arrow::StatusDetail {
 public:
  explicit CurlDetail(int code) : code_(code) {}
  const char* type_id() const override { return "pomona::CurlDetail"; }
  std::string ToString() const override { return "curl code " + std::to_string(code_); }
  int code() const { return code_; }

 private:
  int code_;
};

std::string_view Trim(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

std::string LowerCase(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

// The certificates to trust; "" where libcurl knows no file of the system's.
std::string CaFile(const HttpOptions& options) {
  if (!options.ca_file.empty()) return options.ca_file;
  const char* systems = curl_version_info(CURLVERSION_NOW)->cainfo;
  const bool readable = systems != nullptr && access(systems, R_OK) == 0;
  return readable ? systems : "";
}

// The length that the server announced; -1 for none (or nonsense, which libcurl refuses).
int64_t ContentLength(const HttpHeaders& headers) {
  const auto header = headers.find("content-length");
  if (header == headers.end()) return -1;
  const std::string& text = header->second;
  int64_t length = -1;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), length);
  return parsed.ptr == text.data() + text.size() ? length : -1;
}

}  // namespace

std::optional<int> GetCurlCode(const Status& status) {
  if (status.ok() || status.detail() == nullptr) return std::nullopt;
  const auto* detail = dynamic_cast<const CurlDetail*>(status.detail().get());
  if (detail == nullptr) return std::nullopt;
  return detail->code();
}

Status InitCurl() {
  static std::once_flag once;
  static CURLcode code = CURLE_OK;
  std::call_once(once, [] { code = curl_global_init(CURL_GLOBAL_DEFAULT); });
  if (code == CURLE_OK) return Status::OK();
  return Status::UnknownError("libcurl does not start: ", curl_easy_strerror(code));
}

Status CheckRequest(const HttpRequest& request) {
  const auto clean = [](std::string_view text) {
    return std::none_of(text.begin(), text.end(), [](char c) {
      return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F;
    });
  };
  if (!clean(request.url)) return Status::Invalid("a URL holds a control character");
  for (const auto& [name, value] : request.headers) {
    if (clean(name) && clean(value)) continue;
    return Status::Invalid("the HTTP header '", name, "' would hold a control character");
  }
  return Status::OK();
}

Transfer::~Transfer() { curl_slist_free_all(header_list_); }

Status Transfer::Prepare(CURL* easy, const HttpOptions& options) {
  easy_ = easy;
  // Headers that libcurl adds by itself would not be signed: "Name:" takes one away.
  std::string lines[] = {"Accept:", "Expect:", "Content-Type:"};
  for (const auto& line : lines) {
    header_list_ = curl_slist_append(header_list_, line.c_str());
  }
  for (const auto& [name, value] : request_.headers) {
    const std::string line = value.empty() ? name + ";" : name + ": " + value;
    curl_slist* longer = curl_slist_append(header_list_, line.c_str());
    if (longer == nullptr) return Status::OutOfMemory("no memory for an HTTP request");
    header_list_ = longer;
  }
  bool good = true;
  const auto set = [&](CURLoption option, auto value) {
    good = good && curl_easy_setopt(easy, option, value) == CURLE_OK;
  };
  set(CURLOPT_URL, request_.url.c_str());
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_PATH_AS_IS, 1L);
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(CURLOPT_HTTPHEADER, header_list_);
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_TCP_NODELAY, 1L);
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_PROXY, options.proxy.c_str());  // "" also shuts out the environment's
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options.connect_timeout * 1000));
  set(CURLOPT_LOW_SPEED_LIMIT, 1L);
  set(CURLOPT_LOW_SPEED_TIME, static_cast<long>(options.stall_timeout));
  set(CURLOPT_ERRORBUFFER, error_text_.data());
  set(CURLOPT_HEADERFUNCTION, &Transfer::OnHeader);
  set(CURLOPT_HEADERDATA, static_cast<void*>(this));
  set(CURLOPT_WRITEFUNCTION, &Transfer::OnBody);
  set(CURLOPT_WRITEDATA, static_cast<void*>(this));
  const std::string ca_file = CaFile(options);
  if (!ca_file.empty()) {
    set(CURLOPT_CAINFO, ca_file.c_str());
    // With a folder beside the file libcurl would read the file for each connection anew
    // instead of keeping it: 140 certificates cost tens of milliseconds.
    set(CURLOPT_CAPATH, static_cast<const char*>(nullptr));
  }
  if (request_.method == "HEAD") {
    set(CURLOPT_NOBODY, 1L);
  } else if (request_.method != "GET") {
    set(CURLOPT_CUSTOMREQUEST, request_.method.c_str());
  }
  if (request_.body != nullptr) {
    // Not copied, and sent again by libcurl itself when a kept connection turns out dead.
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body->size()));
    const bool empty = request_.body->size() == 0;  // a null would mean standard input
    set(CURLOPT_POSTFIELDS,
        empty ? "" : reinterpret_cast<const char*>(request_.body->data()));
  }
  if (good) return Status::OK();
  return Status::UnknownError("libcurl does not take an option: is it older than 7.85?");
}

size_t Transfer::OnHeader(char* data, size_t size, size_t count, void* self) {
  static_cast<Transfer*>(self)->TakeHeader({data, size * count});
  return size * count;
}

void Transfer::TakeHeader(std::string_view line) {
  if (line.substr(0, 5) == "HTTP/") {  // the reply itself, after a "100 Continue"
    response_.headers.clear();
    headers_complete_ = false;
    return;
  }
  const std::string_view text = Trim(line);
  if (text.empty()) {
    headers_complete_ = !line.empty() && line.back() == '\n';
    return;
  }
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos) return;
  response_.headers[LowerCase(text.substr(0, colon))] = Trim(text.substr(colon + 1));
}

size_t Transfer::OnBody(char* data, size_t size, size_t count, void* self) {
  auto* transfer = static_cast<Transfer*>(self);
  transfer->failure_ = transfer->TakeBody({data, size * count});
  return transfer->failure_.ok() ? size * count : 0;
}

Status Transfer::TakeBody(std::string_view bytes) {
  const auto size = static_cast<int64_t>(bytes.size());
  if (body_ == nullptr) {
    long status = 0;
    curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
    if (!IsSuccess(static_cast<int>(status))) request_.max_response = kMaxErrorBody;
    const int64_t announced = ContentLength(response_.headers);
    ARROW_RETURN_NOT_OK(Reserve(announced < 0 ? size : announced));
  }
  if (received_ + size > body_->size()) {
    ARROW_RETURN_NOT_OK(Reserve(received_ + size));
  }
  std::copy(bytes.begin(), bytes.end(), body_->mutable_data() + received_);
  received_ += size;
  return Status::OK();
}

// Makes place for `size` bytes; more than that when it grows, so that it seldom does.
Status Transfer::Reserve(int64_t size) {
  if (size > request_.max_response) {
    return TransportError(CURLE_FILESIZE_EXCEEDED,
                          "the reply has more than the " +
                              std::to_string(request_.max_response) + " bytes expected");
  }
  if (body_ == nullptr) {
    ARROW_ASSIGN_OR_RAISE(auto buffer, arrow::AllocateResizableBuffer(size));
    body_ = std::move(buffer);
    return Status::OK();
  }
  return body_->Resize(
      std::min(request_.max_response, std::max<int64_t>(size, 2 * body_->size())));
}

bool Transfer::HasBody() const {
  return request_.method != "HEAD" && response_.status != 204 && response_.status != 304;
}

// libcurl takes a reply that ends in its headers for a whole one, and must take one
// without a length for whole whenever the connection ends.
Status Transfer::CheckComplete() const {
  const auto cut = [&](const char* why) {
    return TransportError(CURLE_PARTIAL_FILE, why);
  };
  if (!headers_complete_) return cut("the reply was cut short in its headers");
  if (!HasBody()) return Status::OK();
  const int64_t announced = ContentLength(response_.headers);
  if (announced >= 0 && received_ != announced &&
      response_.headers.count("transfer-encoding") == 0) {
    return cut("the reply was cut short");
  }
  if (announced < 0 && IsSuccess(response_.status) &&
      response_.headers.count("transfer-encoding") == 0) {
    return cut("the reply does not say how long it is");
  }
  return Status::OK();
}

Status Transfer::TransportError(int code, std::string_view why) const {
  return Status::IOError(why).WithDetail(std::make_shared<CurlDetail>(code));
}

Result<HttpResponse> Transfer::Finish(CURLcode code) {
  ARROW_RETURN_NOT_OK(failure_);
  if (code != CURLE_OK) {
    const std::string_view detail = error_text_.data();
    return TransportError(code, detail.empty() ? curl_easy_strerror(code) : detail);
  }
  long status = 0;
  curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
  response_.status = static_cast<int>(status);
  ARROW_RETURN_NOT_OK(CheckComplete());
  if (body_ == nullptr) ARROW_RETURN_NOT_OK(Reserve(0));
  if (received_ != body_->size()) ARROW_RETURN_NOT_OK(body_->Resize(received_));
  response_.body = std::move(body_);
  return std::move(response_);
}

}  // namespace pomona::store::s3
