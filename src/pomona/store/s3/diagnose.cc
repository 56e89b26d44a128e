// SPDX-License-Identifier: Apache-2.0
#include "pomona/store/s3/diagnose.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include <arrow/buffer.h>
#include <arrow/util/future.h>

#include "pomona/store/posix.h"
#include "pomona/store/s3/connection.h"
#include "pomona/store/s3/source.h"
#include "pomona/store/source_file.h"

namespace pomona::store::s3 {
namespace {

using State = Finding::State;

// AWS refuses signatures that are 15 minutes off.
constexpr double kMaxSkewSeconds = 15 * 60;
constexpr double kNotedSkewSeconds = 60;

std::string Where(const Location& location) {
  const std::string host = location.host.empty() ? "AWS" : location.host;
  return location.scheme + ", " + host + ", region " + location.region;
}

Finding Clock(S3Client* client) {
  const auto ahead = client->ClockSkew();
  if (!ahead.ok()) return {"endpoint", State::kBad, ahead.status().message()};
  const double skew = -*ahead;
  const std::string text = "this machine's clock is " +
                           std::to_string(std::llround(std::abs(skew))) + " s " +
                           (skew < 0 ? "behind" : "ahead of") + " the server's";
  if (std::abs(skew) > kMaxSkewSeconds) {
    return {"clock", State::kBad, text + ": requests are refused; set the clock"};
  }
  return {"clock", std::abs(skew) > kNotedSkewSeconds ? State::kNote : State::kGood,
          text};
}

Finding Write(const Connection& connection) {
  const std::string key =
      connection.location.Key(".pomona.probe-" + std::to_string(getpid()));
  const auto put =
      connection.client->Put(key, arrow::Buffer::FromString("a probe; may be deleted\n"));
  if (!put.ok()) {
    return {"write", State::kNote,
            put.status().message() + ". A source need not be written to"};
  }
  const Status deleted = connection.client->Delete(key);
  if (deleted.ok()) return {"write", State::kGood, "written and deleted a small object"};
  return {"write", State::kNote,
          "written " + Quoted(key) + ", but: " + deleted.message()};
}

// Of an object that begins with `head`.
Finding KindOfObject(const std::string& name, std::string_view head,
                     const PictureFormat& format) {
  switch (TellFileKind(name, head)) {
    case FileKind::kTar:
      return {"object", State::kGood, "a tar archive"};
    case FileKind::kParquet:
      return {"object", State::kGood, "a Parquet table"};
    case FileKind::kList:
      return {"object", State::kGood, "a list of pictures, by its name"};
    case FileKind::kCompressed:
      return {"object", State::kBad,
              "compressed: its pictures cannot be read one by one; unpack it first"};
    case FileKind::kOther:
      break;
  }
  const auto picture = format(head);
  if (picture.ok()) return {"object", State::kGood, "a picture (" + *picture + ")"};
  return {"object", State::kBad,
          "no archive, table or list: " + picture.status().message()};
}

// What is at the address itself, by a HEAD and a GET of its first bytes; none where there
// is no object of this name.
std::vector<Finding> LookAtObject(const Connection& connection,
                                  const PictureFormat& format) {
  const std::string& key = connection.location.prefix;
  const auto head = connection.client->Head(key);
  const auto error = GetS3Error(head.status());
  if (error && error->kind == S3ErrorKind::kMissing) return {};
  // Who may list but not read is told "denied" of what is not there, too.
  if (error && error->kind == S3ErrorKind::kDenied && !NamesOneFile(key)) return {};
  if (!head.ok()) return {{"read", State::kBad, head.status().message()}};
  GetOptions options;
  options.if_match = head->etag;
  options.expected_size = head->size;
  const int64_t length = std::min(head->size, kTellingBytes);
  if (length > 0) options.range = ByteRange{0, length};
  const auto first = connection.client->Fetch(key, options);
  if (!first.ok()) return {{"read", State::kBad, first.status().message()}};
  Finding kind = KindOfObject(key, first->bytes->ToString(), format);
  kind.text = Quoted(connection.location.uri()) + " is " + kind.text + ", " +
              std::to_string(head->size) + " bytes";
  const std::string read = "its first " + std::to_string(length) + " bytes";
  return {{"read", State::kGood, read}, std::move(kind)};
}

}  // namespace

std::vector<Finding> Diagnose(const std::string& uri, const PictureFormat& format) {
  std::vector<Finding> findings;
  const auto add = [&](Finding finding) {
    findings.push_back(std::move(finding));
    return findings.back().state != State::kBad;
  };
  const auto bad = [&](const char* name, const Status& status) {
    findings.push_back({name, State::kBad, status.message()});
    return findings;
  };
  const auto location = ParseLocation(uri, ReadEnvironment);
  if (!location.ok()) return bad("address", location.status());
  RetryPolicy impatient;  // someone is looking
  impatient.give_up = impatient.give_up_unknown = 4;
  const auto connected = Connect(*location, {}, impatient);
  if (!connected.ok()) return bad("endpoint", connected.status());
  const Connection& connection = **connected;
  S3Client* client = connection.client.get();
  if (connection.credentials) {
    const auto found = connection.credentials();
    if (!found.ok()) return bad("credentials", found.status());
    add({"credentials", State::kGood,
         found->session_token.empty() ? "found" : "found, temporary"});
  } else {
    add({"credentials", State::kGood, "none: anonymous"});
  }
  if (!add(Clock(client))) return findings;
  add({"endpoint", State::kGood, Where(connection.location)});

  const std::string& prefix = connection.location.prefix;
  const auto add_object = [&] {
    auto found = LookAtObject(connection, format);
    for (auto& finding : found) add(std::move(finding));
    return !found.empty();
  };
  if (NamesOneFile(prefix) && add_object()) return findings;
  const std::string root =
      connection.location.prefix.empty() ? "" : connection.location.Key("");
  ListOptions list;
  list.prefix = root;
  list.max_keys = 1;
  const auto page = client->ListNow(list);
  if (!page.ok()) return bad("list", page.status());
  if (page->objects.empty()) {
    if (!prefix.empty() && !NamesOneFile(prefix) && add_object()) return findings;
    add({"list", State::kNote, "nothing below " + connection.location.uri() + " yet"});
  } else {
    add({"list", State::kGood, "the first object is " + Quoted(page->objects[0].key)});
    GetOptions options;
    const auto& first = page->objects[0];
    if (first.size > 0) options.range = ByteRange{0, 1};
    const auto read = client->Fetch(first.key, options);
    if (!read.ok()) return bad("read", read.status());
    add({"read", State::kGood, "one byte of it"});
  }
  add(Write(connection));
  return findings;
}

}  // namespace pomona::store::s3
