// SPDX-License-Identifier: Apache-2.0
#include "pomona/store/places.h"

#include <filesystem>
#include <system_error>

#include "pomona/store/s3/location.h"

namespace pomona::store {
namespace {

// "HOST/BUCKET/PREFIX/" of an s3:// address, "" where it cannot be read (then opening it
// fails, with the reason).
std::string Canonical(const std::string& uri) {
  const auto location = s3::ParseLocation(uri, s3::ReadEnvironment);
  if (!location.ok()) return "";
  return location->host + "/" + location->bucket + "/" +
         (location->prefix.empty() ? "" : location->prefix + "/");
}

}  // namespace

bool SamePlace(const std::string& a, const std::string& b) {
  if (s3::IsS3(a) != s3::IsS3(b)) return false;
  if (s3::IsS3(a)) return Canonical(a) == Canonical(b);
  std::error_code ignored;
  return std::filesystem::equivalent(a, b, ignored);
}

std::string InsidePrefix(const std::string& outer, const std::string& inner) {
  if (s3::IsS3(outer) != s3::IsS3(inner)) return "";
  if (s3::IsS3(outer)) {
    const std::string out = Canonical(outer);
    const std::string in = Canonical(inner);
    return in.starts_with(out) ? in.substr(out.size()) : "";
  }
  std::error_code error;
  const auto out = std::filesystem::weakly_canonical(outer, error);
  const auto in = std::filesystem::weakly_canonical(inner, error);
  const std::string relative = in.lexically_relative(out).generic_string();
  if (error || relative.empty() || relative == "." || relative.starts_with(".."))
    return "";
  return relative + "/";
}

Result<std::pair<std::string, std::string>> SplitS3Name(const std::string& uri) {
  ARROW_ASSIGN_OR_RAISE(const auto location, s3::ParseLocation(uri, s3::ReadEnvironment));
  const std::string& key = location.prefix;
  if (key.empty() || uri.substr(0, uri.rfind('?')).ends_with('/')) {
    return Status::Invalid(uri, " is no name for a new file");
  }
  const std::string name = key.substr(key.find_last_of('/') + 1);
  // The options are what stands behind the key.
  const size_t end =
      uri.find(key, std::string("s3://").size() + location.bucket.size()) + key.size();
  return std::pair(uri.substr(0, end - name.size() - 1) + uri.substr(end), name);
}

}  // namespace pomona::store
