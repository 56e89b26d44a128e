// SPDX-License-Identifier: Apache-2.0
#include "pomona/store/s3/diagnose.h"

#include <unistd.h>

#include <cmath>
#include <memory>

#include <arrow/buffer.h>
#include <arrow/util/future.h>

#include "pomona/store/posix.h"
#include "pomona/store/s3/connection.h"

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

}  // namespace

std::vector<Finding> Diagnose(const std::string& uri) {
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

  const std::string root =
      connection.location.prefix.empty() ? "" : connection.location.Key("");
  ListOptions list;
  list.prefix = root;
  list.max_keys = 1;
  const auto page = client->ListNow(list);
  if (!page.ok()) return bad("list", page.status());
  if (page->objects.empty()) {
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
