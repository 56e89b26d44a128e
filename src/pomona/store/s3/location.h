// SPDX-License-Identifier: Apache-2.0
// What an s3:// address says, and what the environment adds to it. Pure but for
// ReadEnvironment.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "pomona/base/status.h"

namespace pomona::store::s3 {

struct Location {
  std::string bucket;
  std::string prefix;  // without '/' at its ends; "" is the whole bucket

  std::string region;  // "": found by Arrow (profile, machine)
  std::string scheme = "https";
  std::string host;         // "localhost:9000"; "" is AWS
  bool path_style = false;  // https://host/bucket/key instead of https://bucket.host/key
  bool anonymous = false;   // no credentials: public buckets
  std::string ca_file;      // certificates to trust; "" is the system's

  // "s3://bucket/prefix", for messages and manifests: the endpoint is not in it.
  std::string uri() const;
  // The key of `path` below the prefix; "" is "prefix/".
  std::string Key(std::string_view path) const;
};

using Environment = std::function<std::string(const char* name)>;  // "" where not set

bool IsS3(std::string_view uri);

// s3://BUCKET[/PREFIX][?region=R&endpoint=URL&anonymous=true&path_style=true]. From the
// environment, where the address is silent: AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL,
// AWS_REGION or AWS_DEFAULT_REGION, AWS_CA_BUNDLE. Invalid, naming the part, for an
// address that holds credentials, an unknown option, or a name that no bucket has.
Result<Location> ParseLocation(const std::string& uri, const Environment& environment);
std::string ReadEnvironment(const char* name);

}  // namespace pomona::store::s3
