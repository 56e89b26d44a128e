// SPDX-License-Identifier: Apache-2.0
#include "pomona/store/s3/lease.h"

#include <signal.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <fstream>
#include <mutex>
#include <random>
#include <thread>
#include <utility>

#include <arrow/buffer.h>
#include <nlohmann/json.hpp>

#include "pomona/base/json.h"
#include "pomona/store/local_store.h"
#include "pomona/store/posix.h"

namespace pomona::store::s3 {
namespace {

constexpr auto kRenew = std::chrono::seconds(10);
constexpr int64_t kLostSeconds = 60;

using Json = nlohmann::json;

// Names this boot of this machine and this space of process ids, in which a pid means a
// process.
std::string ProcessSpace() {
  std::string boot;
  std::ifstream("/proc/sys/kernel/random/boot_id") >> boot;
  std::array<char, 64> space{};
  const ssize_t size = readlink("/proc/self/ns/pid", space.data(), space.size() - 1);
  return boot + " " + std::string(space.data(), size < 0 ? 0 : static_cast<size_t>(size));
}

// Of this process alone, so that its own lost PUT is told from another's.
const std::string& Identity() {
  static const std::string id = [] {
    std::random_device random;
    std::string text;
    for (int i = 0; i < 4; ++i) text += std::to_string(random()) + "-";
    return text + std::to_string(getpid());
  }();
  return id;
}

std::string Text(const LeaseHolder& holder, int64_t renewal) {
  const Json json = {
      {"host", holder.host},
      {"pid", holder.pid},
      {"start", holder.start},
      {"process_space", holder.pid == getpid() ? ProcessSpace() : ""},
      {"id", Identity()},
      {"renewal", renewal}};  // other bytes, and so another ETag, each time
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

// What a lock says; everything in it may be missing or of another kind.
struct Found {
  std::string host = "?", start = "?", process_space;
  int64_t pid = 0;
};

Found Parse(std::string_view text) {
  Found found;
  const Json json = ParseJson(text);
  if (!json.is_object()) return found;
  const auto word = [&](const char* key, std::string* to) {
    const auto it = json.find(key);
    if (it != json.end() && it->is_string()) *to = it->get<std::string>();
  };
  word("host", &found.host);
  word("start", &found.start);
  word("process_space", &found.process_space);
  if (const auto pid = json.find("pid"); pid != json.end() && pid->is_number_integer()) {
    found.pid = pid->get<int64_t>();
  }
  return found;
}

bool IsDeadHere(const Found& found) {
  return found.pid > 0 && found.process_space == ProcessSpace() &&
         kill(static_cast<pid_t>(found.pid), 0) != 0 && errno == ESRCH;
}

// Seconds since `mtime_ns`, by the server's clock.
Result<double> Age(S3Client* client, int64_t mtime_ns) {
  ARROW_ASSIGN_OR_RAISE(const double skew, client->ClockSkew());
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const int64_t now_ns = std::chrono::nanoseconds(now).count();
  return static_cast<double>(now_ns - mtime_ns) / 1e9 + skew;
}

class S3Lease : public Lease {
 public:
  S3Lease(std::shared_ptr<Connection> connection, LeaseHolder holder, std::string etag)
      : connection_(std::move(connection)),
        holder_(std::move(holder)),
        etag_(std::move(etag)),
        thread_([this](std::stop_token stop) { Renew(std::move(stop)); }) {}

  ~S3Lease() override {
    thread_.request_stop();
    thread_.join();
    // Only what is still ours: after an outage another run may hold it.
    if (!lost_) (void)connection_->client->Delete(Key());
  }

 private:
  std::string Key() const { return connection_->location.Key(kLockName); }

  void Renew(std::stop_token stop) {
    std::mutex mutex;
    std::condition_variable_any woken;
    for (int64_t renewal = 1; !lost_; ++renewal) {
      std::unique_lock lock(mutex);
      woken.wait_for(lock, stop, kRenew, [] { return false; });
      if (stop.stop_requested()) return;
      PutCondition mine;
      mine.if_match = etag_;
      auto etag = connection_->client->Put(
          Key(), arrow::Buffer::FromString(Text(holder_, renewal)), mine);
      if (etag.ok()) {
        etag_ = *std::move(etag);
      } else if (etag.status().IsInvalid()) {
        lost_ = true;  // it changed: someone took it over
      }  // else: the server is away; its clock decides
    }
  }

  const std::shared_ptr<Connection> connection_;
  const LeaseHolder holder_;
  std::string etag_;
  bool lost_ = false;  // of the thread until it has ended
  std::jthread thread_;
};

Status InUse(const Connection& connection, const Found& by) {
  return Status::AlreadyExists(
      "destination ", Quoted(connection.location.uri()),
      " is in use by another run (host ", by.host, ", pid ", by.pid, ", started ",
      by.start,
      "); wait for it to end or choose another destination. If it was killed on another "
      "machine, its hold ends by itself after ",
      kLostSeconds, " s");
}

}  // namespace

Result<std::unique_ptr<Lease>> AcquireS3Lease(std::shared_ptr<Connection> connection,
                                              const LeaseHolder& holder) {
  S3Client& client = *connection->client;
  const std::string key = connection->location.Key(kLockName);
  const auto first = arrow::Buffer::FromString(Text(holder, 0));
  for (int tries = 0;; ++tries) {
    PutCondition condition;
    condition.if_absent = true;
    auto etag = client.Put(key, first, condition);
    if (etag.ok()) {
      return std::make_unique<S3Lease>(std::move(connection), holder, *std::move(etag));
    }
    if (!etag.status().IsAlreadyExists()) return etag.status();

    const auto found = client.Fetch(key);
    if (found.status().IsKeyError() && tries < 3) continue;  // given up meanwhile
    ARROW_RETURN_NOT_OK(found.status());
    const Found by = Parse(std::string_view(*found->bytes));
    ARROW_ASSIGN_OR_RAISE(const double age, Age(&client, found->mtime_ns));
    if (age <= kLostSeconds && !IsDeadHere(by)) return InUse(*connection, by);
    condition = PutCondition();
    condition.if_match = found->etag;
    etag = client.Put(key, first, condition);
    if (etag.ok()) {
      return std::make_unique<S3Lease>(std::move(connection), holder, *std::move(etag));
    }
    return etag.status().IsInvalid() ? InUse(*connection, by) : etag.status();
  }
}

}  // namespace pomona::store::s3
