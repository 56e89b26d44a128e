// SPDX-License-Identifier: Apache-2.0
#include "pomona/store/s3/retry.h"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <random>
#include <string_view>

namespace pomona::store::s3 {
namespace {

template <typename T, size_t N>
bool Contains(const std::array<T, N>& list, const T& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

// Codes that decide by themselves, whatever the HTTP status.
constexpr std::array<std::string_view, 16> kTransientCodes = {
    "InternalError",
    "SlowDown",
    "ServiceUnavailable",
    "ServerBusy",
    "RequestTimeout",
    "RequestTimeoutException",
    "Throttling",
    "ThrottlingException",
    "RequestThrottled",
    "RequestLimitExceeded",
    "TooManyRequestsException",
    "BandwidthLimitExceeded",
    "IncompleteBody",  // our body was cut short on its way
    "OperationAborted",
    "ConditionalRequestConflict",
    "ExistingObjectIsDirectory",  // versitygw, while two write the same key
};
constexpr std::array<std::string_view, 4> kFinalCodes = {
    "NotImplemented", "InsufficientStorage", "QuotaExceeded", "XMinioStorageFull"};

// 507: the disk is full.
constexpr std::array<int, 3> kFinalStatuses = {501, 505, 507};

constexpr std::array<int, 4> kUnknownEndpointCodes = {
    CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY, CURLE_SSL_CONNECT_ERROR,
    CURLE_WEIRD_SERVER_REPLY};
constexpr std::array<int, 7> kTransientCurlCodes = {
    CURLE_COULDNT_CONNECT, CURLE_PARTIAL_FILE, CURLE_OPERATION_TIMEDOUT,
    CURLE_GOT_NOTHING,     CURLE_SEND_ERROR,   CURLE_RECV_ERROR,
    CURLE_SEND_FAIL_REWIND};

}  // namespace

bool IsTransient(const Failure& failure) {
  if (failure.http_status == 0 && failure.s3_code.empty()) {
    return Contains(kTransientCurlCodes, failure.curl_code) ||
           Contains(kUnknownEndpointCodes, failure.curl_code);
  }
  const std::string_view code = failure.s3_code;
  if (Contains(kFinalCodes, code) || Contains(kFinalStatuses, failure.http_status)) {
    return false;
  }
  return Contains(kTransientCodes, code) || failure.http_status >= 500 ||
         failure.http_status == 408 || failure.http_status == 429;
}

std::optional<double> NextDelay(const RetryPolicy& policy, const Failure& failure,
                                int64_t retries, double elapsed, double random) {
  if (!IsTransient(failure)) return std::nullopt;
  const bool unknown = !failure.answered && failure.http_status == 0 &&
                       Contains(kUnknownEndpointCodes, failure.curl_code);
  const double exponent = static_cast<double>(std::min<int64_t>(retries, 1000));
  const double longest =
      std::min(policy.cap, policy.initial * std::pow(policy.factor, exponent));
  const double delay = longest * random;
  if (elapsed + delay > (unknown ? policy.give_up_unknown : policy.give_up)) {
    return std::nullopt;
  }
  return delay;
}

double RandomUnit() {
  // No generator is kept: forked workers would all wait alike.
  return std::random_device{}() / 4294967296.0;
}

}  // namespace pomona::store::s3
