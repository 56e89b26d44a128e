// SPDX-License-Identifier: Apache-2.0
#include "pomona/store/s3/connection.h"

#include <cstdlib>
#include <mutex>
#include <utility>

#include <arrow/filesystem/s3fs.h>

namespace pomona::store::s3 {
namespace {

// What is registered last is called first at exit, before the objects that were there
// then are gone. Arrow keeps its clients in one that is made with the first file system.
void ShutdownAtExit(std::once_flag* once) {
  std::call_once(*once, [] { std::atexit(Shutdown); });
}

Status StartArrow() {
  static std::once_flag once;
  static Status status;
  std::call_once(once, [] {
    if (!arrow::fs::IsS3Initialized()) {
      arrow::fs::S3GlobalOptions options = arrow::fs::S3GlobalOptions::Defaults();
      options.log_level = arrow::fs::S3LogLevel::Off;  // errors come as Status
      status = arrow::fs::InitializeS3(options);
    }
  });
  static std::once_flag registered;
  ShutdownAtExit(&registered);
  return status;
}

Result<std::string> FindRegion(const Location& location) {
  if (!location.region.empty()) return location.region;
  if (!location.host.empty())
    return std::string("us-east-1");  // what such servers expect
  auto region = arrow::fs::ResolveS3BucketRegion(location.bucket);
  static std::once_flag resolved;  // it made a client, also where it failed
  ShutdownAtExit(&resolved);
  if (region.ok()) return region;
  return Status::IOError(
      "cannot find the region of bucket '", location.bucket, "' (",
      region.status().message(),
      "): is its name right? Set AWS_REGION, or add ?region=... to the "
      "address; for another server than AWS set AWS_ENDPOINT_URL");
}

}  // namespace

void Shutdown() {
  if (arrow::fs::IsS3Initialized() && !arrow::fs::IsS3Finalized()) {
    (void)arrow::fs::EnsureS3Finalized();
  }
}

Result<std::shared_ptr<Connection>> Connect(const Location& location, RetrySink sink,
                                            const RetryPolicy& retry) {
  ARROW_RETURN_NOT_OK(StartArrow());
  auto connection = std::make_shared<Connection>();
  connection->location = location;
  ARROW_ASSIGN_OR_RAISE(connection->location.region, FindRegion(location));

  auto options = location.anonymous ? arrow::fs::S3Options::Anonymous()
                                    : arrow::fs::S3Options::Defaults();
  options.region = connection->location.region;
  options.scheme = location.scheme;
  options.endpoint_override = location.host;
  options.force_virtual_addressing = !location.path_style;
  options.tls_ca_file_path = location.ca_file;
  options.allow_delayed_open = true;
  options.connect_timeout = 5;
  options.retry_strategy = MakeArrowRetryStrategy(retry, sink);
  ARROW_ASSIGN_OR_RAISE(connection->fs, arrow::fs::S3FileSystem::Make(options));
  static std::once_flag registered;
  ShutdownAtExit(&registered);

  S3ClientOptions mine;
  mine.endpoint = {location.scheme, location.host, connection->location.region,
                   location.path_style};
  mine.bucket = location.bucket;
  mine.ca_file = location.ca_file;
  mine.retry = retry;
  mine.on_retry = std::move(sink);
  if (!location.anonymous) {
    // The chain renews what expires; asking it is cheap.
    connection->credentials = [options]() -> Result<S3Credentials> {
      S3Credentials found{options.GetAccessKey(), options.GetSecretKey(),
                          options.GetSessionToken()};
      if (!found.access_key.empty()) return found;
      return Status::IOError(
          "no AWS credentials found: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, "
          "name a profile in AWS_PROFILE, give the machine a role, or add "
          "?anonymous=true to the address of a public bucket");
    };
  }
  mine.credentials = connection->credentials;
  ARROW_ASSIGN_OR_RAISE(connection->client, S3Client::Make(std::move(mine)));
  return connection;
}

}  // namespace pomona::store::s3
