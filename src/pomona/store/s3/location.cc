// SPDX-License-Identifier: Apache-2.0
#include "pomona/store/s3/location.h"

#include <algorithm>
#include <cstdlib>

#include "pomona/store/posix.h"
#include "pomona/store/utf8.h"

namespace pomona::store::s3 {
namespace {

constexpr std::string_view kScheme = "s3://";

// AWS: 3 to 63 of a-z, 0-9, '.', '-'. Other servers and old buckets also have '_' and
// capitals.
bool IsBucketName(std::string_view name) {
  const auto allowed = [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '.' || c == '-' || c == '_';
  };
  return name.size() >= 3 && name.size() <= 255 &&
         std::all_of(name.begin(), name.end(), allowed);
}

Result<bool> ParseBool(std::string_view name, std::string_view value) {
  if (value == "true" || value == "1") return true;
  if (value == "false" || value == "0") return false;
  return Status::Invalid("option ", name, "=", value, ": true or false needed");
}

// "http://host:port/" or "host:port".
Status SetEndpoint(std::string_view text, Location* location) {
  const auto bad = [&](const char* why) {
    return Status::Invalid("endpoint ", Quoted(text), ": ", why,
                           "; like https://s3.example.org or http://localhost:9000");
  };
  if (const size_t at = text.find("://"); at != std::string_view::npos) {
    location->scheme = text.substr(0, at);
    text.remove_prefix(at + 3);
  }
  if (location->scheme != "http" && location->scheme != "https") {
    return bad("http or https needed");
  }
  while (text.ends_with('/')) text.remove_suffix(1);
  if (text.find('@') != std::string_view::npos) return bad("it holds credentials");
  if (text.empty() || text.find_first_of("/?# ") != std::string_view::npos) {
    return bad("a host and at most a port needed");
  }
  location->host = text;
  // Names of buckets before the host need a wildcard in DNS, which only AWS surely has.
  location->path_style = !text.ends_with(".amazonaws.com");
  return Status::OK();
}

Status SetOption(std::string_view name, std::string_view value, Location* location) {
  if (name == "region") {
    location->region = value;
  } else if (name == "endpoint" || name == "endpoint_override") {
    return SetEndpoint(value, location);
  } else if (name == "scheme") {
    location->scheme = value;
    if (value != "http" && value != "https") {
      return Status::Invalid("option scheme=", value, ": http or https needed");
    }
  } else if (name == "anonymous") {
    ARROW_ASSIGN_OR_RAISE(location->anonymous, ParseBool(name, value));
  } else if (name == "path_style") {
    ARROW_ASSIGN_OR_RAISE(location->path_style, ParseBool(name, value));
  } else if (name == "ca_file") {
    location->ca_file = value;
  } else {
    return Status::Invalid(
        "unknown option '", name,
        "' (region, endpoint, scheme, anonymous, path_style, ca_file)");
  }
  return Status::OK();
}

Status SetOptions(std::string_view query, Location* location) {
  while (!query.empty()) {
    const size_t end = std::min(query.find('&'), query.size());
    const auto option = query.substr(0, end);
    const size_t equals = option.find('=');
    if (equals == std::string_view::npos) {
      return Status::Invalid("option '", option, "' has no value");
    }
    ARROW_RETURN_NOT_OK(
        SetOption(option.substr(0, equals), option.substr(equals + 1), location));
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  return Status::OK();
}

Status FillFromEnvironment(const Environment& environment, Location* location) {
  std::string endpoint = environment("AWS_ENDPOINT_URL_S3");
  if (endpoint.empty()) endpoint = environment("AWS_ENDPOINT_URL");
  if (!endpoint.empty()) ARROW_RETURN_NOT_OK(SetEndpoint(endpoint, location));
  location->region = environment("AWS_REGION");
  if (location->region.empty()) location->region = environment("AWS_DEFAULT_REGION");
  location->ca_file = environment("AWS_CA_BUNDLE");
  return Status::OK();
}

}  // namespace

bool IsS3(std::string_view uri) { return uri.starts_with(kScheme); }

std::string ReadEnvironment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::string Location::uri() const {
  return std::string(kScheme) + bucket + (prefix.empty() ? "" : "/" + prefix);
}

std::string Location::Key(std::string_view path) const {
  if (prefix.empty()) return std::string(path);
  return prefix + "/" + std::string(path);
}

Result<Location> ParseLocation(const std::string& uri, const Environment& environment) {
  const auto explain = [&](const Status& why) {
    return Status::Invalid("address ", Quoted(uri), ": ", why.message());
  };
  Location location;
  if (auto status = FillFromEnvironment(environment, &location); !status.ok()) {
    return Status::Invalid("environment variable AWS_ENDPOINT_URL: ", status.message());
  }
  std::string_view rest = std::string_view(uri).substr(kScheme.size());
  // A key may hold '?': only what begins with a known form of options is taken for them.
  if (const size_t at = rest.rfind('?');
      at != std::string_view::npos && rest.find('=', at) != std::string_view::npos) {
    if (auto status = SetOptions(rest.substr(at + 1), &location); !status.ok()) {
      return explain(status);
    }
    rest = rest.substr(0, at);
  }
  const size_t slash = std::min(rest.find('/'), rest.size());
  location.bucket = rest.substr(0, slash);
  if (location.bucket.find('@') != std::string::npos) {
    // Not shown: what stands before the '@' is secret.
    return Status::Invalid(
        "an s3:// address must hold no credentials: they would be written into "
        "manifests. "
        "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a profile in "
        "AWS_PROFILE");
  }
  if (!IsBucketName(location.bucket)) {
    return explain(Status::Invalid(
        "'", location.bucket, "' is no name of a bucket; s3://BUCKET/PREFIX needed"));
  }
  std::string_view prefix = rest.substr(slash);
  while (prefix.starts_with('/')) prefix.remove_prefix(1);
  while (prefix.ends_with('/')) prefix.remove_suffix(1);
  if (!IsUtf8(prefix)) return explain(Status::Invalid("keys are UTF-8"));
  location.prefix = prefix;
  return location;
}

}  // namespace pomona::store::s3
