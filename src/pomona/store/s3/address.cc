// SPDX-License-Identifier: Apache-2.0
#include "pomona/store/s3/address.h"

#include <string_view>

#include "pomona/store/posix.h"

namespace pomona::store::s3 {
namespace {

bool IsMadeOf(std::string_view text, std::string_view others, bool capitals = true) {
  for (char c : text) {
    const bool known = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                       (capitals && c >= 'A' && c <= 'Z') ||
                       others.find(c) != std::string_view::npos;
    if (!known) return false;
  }
  return !text.empty();
}

// A name before which a bucket's can stand: no address of numbers.
bool HasSubdomains(const std::string& host) {
  const std::string name = host.substr(0, host.find(':'));
  return host.front() != '[' &&
         name.find_first_not_of("0123456789.") != std::string::npos;
}

std::string AwsHost(const std::string& region) {
  const bool china = region.substr(0, 3) == "cn-";
  return "s3." + region + ".amazonaws.com" + (china ? ".cn" : "");
}

Status Check(const S3Endpoint& endpoint, const std::string& bucket) {
  if (endpoint.scheme != "https" && endpoint.scheme != "http") {
    return Status::Invalid("the S3 endpoint's scheme is ", Quoted(endpoint.scheme),
                           ": it must be https or http");
  }
  if (!endpoint.host.empty() && !IsMadeOf(endpoint.host, ".-_:[]")) {
    // Not named: what stands there may hold a password.
    return Status::Invalid("the S3 endpoint is no host: write HOST or HOST:PORT");
  }
  if (!IsMadeOf(endpoint.region, "-_")) {
    return Status::Invalid("the S3 region ", Quoted(endpoint.region),
                           " is none: write it like eu-west-3");
  }
  if (bucket.size() > 255 || !IsMadeOf(bucket, ".-_") || bucket == "." ||
      bucket == "..") {
    return Status::Invalid("the bucket ", Quoted(bucket),
                           " cannot be: its name has letters, digits, '.', '-' and '_'");
  }
  return Status::OK();
}

}  // namespace

Result<S3Address> MakeAddress(const S3Endpoint& endpoint, const std::string& bucket) {
  ARROW_RETURN_NOT_OK(Check(endpoint, bucket));
  const std::string server =
      endpoint.host.empty() ? AwsHost(endpoint.region) : endpoint.host;
  const bool can_be_host =
      IsMadeOf(bucket, "-", /*capitals=*/false) && bucket.size() <= 63;
  S3Address address;
  if (endpoint.path_style || !can_be_host || !HasSubdomains(server)) {
    address.host = server;
    address.path_prefix = "/" + bucket;
  } else {
    address.host = bucket + "." + server;
  }
  address.origin = endpoint.scheme + "://" + address.host;
  return address;
}

}  // namespace pomona::store::s3
