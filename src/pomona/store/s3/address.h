// SPDX-License-Identifier: Apache-2.0
// Where a bucket is on the network. Pure functions.
#pragma once

#include <string>

#include "pomona/base/status.h"

namespace pomona::store::s3 {

struct S3Endpoint {
  std::string scheme = "https";  // or "http"
  std::string host;              // with its port: "127.0.0.1:9000"; "": AWS
  std::string region = "us-east-1";
  bool path_style = false;  // https://HOST/BUCKET/KEY instead of https://BUCKET.HOST/KEY
};

struct S3Address {
  std::string origin;       // "https://fruits.s3.eu-west-3.amazonaws.com"
  std::string host;         // of the Host header, which is signed
  std::string path_prefix;  // "" or "/BUCKET"

  bool operator==(const S3Address&) const = default;
};

// Path style is also taken where a bucket's name cannot be part of a host name that a
// certificate covers (dots, capitals) or the host is a number. Invalid for a scheme,
// host, region or bucket that would make another URL of it.
Result<S3Address> MakeAddress(const S3Endpoint& endpoint, const std::string& bucket);

}  // namespace pomona::store::s3
