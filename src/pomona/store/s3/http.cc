// SPDX-License-Identifier: Apache-2.0
#include "pomona/store/s3/http.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <system_error>
#include <thread>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include <arrow/util/thread_pool.h>

#include "pomona/base/clock.h"
#include "pomona/store/s3/transfer.h"

namespace pomona::store::s3 {
namespace {

using arrow::internal::Executor;

struct Job {
  std::unique_ptr<Transfer> transfer;
  arrow::Future<HttpResponse> future;
  Executor* executor = nullptr;
};

struct Waiting {
  Clock::time_point due;
  uint64_t number = 0;  // first come, first served
  Job job;
};

// For a heap whose front is due next.
bool IsLater(const Waiting& a, const Waiting& b) {
  return std::tie(a.due, a.number) > std::tie(b.due, b.number);
}

void Finish(Job job, Result<HttpResponse> result) {
  if (job.executor != nullptr) {
    auto future = job.future;
    const Status spawned = job.executor->Spawn(
        [future, result]() mutable { future.MarkFinished(std::move(result)); });
    if (spawned.ok()) return;
  }
  job.future.MarkFinished(std::move(result));
}

Status Cancelled() { return Status::Cancelled("the S3 client was stopped"); }

// Signals go to the program's other threads, and OpenSSL's writes to a closed connection
// must not raise SIGPIPE.
void BlockSignals() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

}  // namespace

class HttpEngine::Impl {
 public:
  explicit Impl(HttpOptions options) : options_(std::move(options)) {}
  ~Impl();

  arrow::Future<HttpResponse> Send(HttpRequest request, double delay, Executor* executor);
  void Cancel();

 private:
  Status Start();
  void Run();
  int StartDue();
  void Begin(Job job);
  void Collect();
  void Done(CURL* easy, CURLcode code);
  void FailAll();
  // Tells without the mutex, which a thread of the parent may have held.
  bool IsForkedChild() const { return pid_ != 0 && pid_ != getpid(); }

  const HttpOptions options_;

  std::mutex mutex_;
  std::vector<Waiting> waiting_;  // a heap by IsLater
  uint64_t count_ = 0;
  bool stop_ = false;
  std::atomic<pid_t> pid_ = 0;  // of the process that owns the thread
  CURLM* multi_ = nullptr;
  std::unique_ptr<std::thread> thread_;

  // Of the network thread alone.
  std::unordered_map<CURL*, Job> open_;
  std::vector<CURL*> idle_;
};

HttpEngine::Impl::~Impl() {
  if (IsForkedChild()) {
    // The thread is the parent's, and so are the connections: closing them here would say
    // good-bye in its name.
    [[maybe_unused]] const std::thread* parents = thread_.release();
    return;
  }
  Cancel();
  if (thread_ != nullptr) thread_->join();
  for (CURL* easy : idle_) curl_easy_cleanup(easy);
  if (multi_ != nullptr) curl_multi_cleanup(multi_);
}

// Under mutex_.
Status HttpEngine::Impl::Start() {
  if (thread_ != nullptr) return Status::OK();
  ARROW_RETURN_NOT_OK(InitCurl());
  if (multi_ == nullptr) multi_ = curl_multi_init();
  if (multi_ == nullptr) return Status::OutOfMemory("no memory for the S3 client");
  curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS,
                    static_cast<long>(options_.max_in_flight));
  try {
    thread_ = std::make_unique<std::thread>([this] { Run(); });
  } catch (const std::system_error& error) {
    return Status::IOError("cannot start the network thread: ", error.what(),
                           "; raise the limit of processes (ulimit -u)");
  }
  pid_ = getpid();
  return Status::OK();
}

arrow::Future<HttpResponse> HttpEngine::Impl::Send(HttpRequest request, double delay,
                                                   Executor* executor) {
  using Response = arrow::Future<HttpResponse>;
  const Status good = CheckRequest(request);
  if (!good.ok()) return Response::MakeFinished(good);
  if (IsForkedChild()) {
    return Response::MakeFinished(Status::Invalid(
        "this S3 client was used before the process forked; open a new one "
        "in the child"));
  }
  Job job{std::make_unique<Transfer>(std::move(request)), Response::Make(), executor};
  auto future = job.future;
  const auto due = Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                      std::chrono::duration<double>(delay));
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (stop_) return Response::MakeFinished(Cancelled());
    const Status started = Start();
    if (!started.ok()) return Response::MakeFinished(started);
    waiting_.push_back({due, count_++, std::move(job)});
    std::push_heap(waiting_.begin(), waiting_.end(), IsLater);
  }
  curl_multi_wakeup(multi_);
  return future;
}

void HttpEngine::Impl::Cancel() {
  if (IsForkedChild()) return;
  std::lock_guard<std::mutex> lock(mutex_);
  stop_ = true;
  if (thread_ != nullptr) curl_multi_wakeup(multi_);
}

void HttpEngine::Impl::Run() {
  BlockSignals();
  for (;;) {
    int running = 0;
    curl_multi_perform(multi_, &running);
    Collect();
    const int wait_ms = StartDue();
    if (wait_ms < 0) break;
    curl_multi_poll(multi_, nullptr, 0, wait_ms, nullptr);
  }
  FailAll();
}

// Puts on the wire what is due. How long to wait for more, in ms; -1 to stop.
int HttpEngine::Impl::StartDue() {
  constexpr int kLongest = 60'000;
  std::vector<Job> due;
  int wait_ms = kLongest;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (stop_) return -1;
    const auto now = Clock::now();
    const auto slots = static_cast<size_t>(std::max(options_.max_in_flight, 1));
    while (!waiting_.empty() && open_.size() + due.size() < slots) {
      const auto ahead = waiting_.front().due - now;
      if (ahead > Clock::duration::zero()) {
        const auto ms = std::chrono::ceil<std::chrono::milliseconds>(ahead).count();
        wait_ms = static_cast<int>(std::min<int64_t>(ms, kLongest));
        break;
      }
      std::pop_heap(waiting_.begin(), waiting_.end(), IsLater);
      due.push_back(std::move(waiting_.back().job));
      waiting_.pop_back();
    }
  }
  for (Job& job : due) Begin(std::move(job));
  return wait_ms;
}

void HttpEngine::Impl::Begin(Job job) {
  CURL* easy = nullptr;
  if (idle_.empty()) {
    easy = curl_easy_init();
  } else {
    easy = idle_.back();
    idle_.pop_back();
  }
  if (easy == nullptr) {
    return Finish(std::move(job), Status::OutOfMemory("no memory for an HTTP request"));
  }
  const Status prepared = job.transfer->Prepare(easy, options_);
  if (!prepared.ok() || curl_multi_add_handle(multi_, easy) != CURLM_OK) {
    curl_easy_cleanup(easy);
    return Finish(std::move(job), prepared.ok()
                                      ? Status::UnknownError("libcurl takes no request")
                                      : prepared);
  }
  open_.emplace(easy, std::move(job));
}

void HttpEngine::Impl::Collect() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    Done(message->easy_handle, message->data.result);
  }
}

void HttpEngine::Impl::Done(CURL* easy, CURLcode code) {
  auto node = open_.extract(easy);
  Job job = std::move(node.mapped());
  auto result = job.transfer->Finish(code);
  curl_multi_remove_handle(multi_, easy);
  curl_easy_reset(easy);
  idle_.push_back(easy);
  Finish(std::move(job), std::move(result));
}

void HttpEngine::Impl::FailAll() {
  for (auto& [easy, job] : open_) {
    curl_multi_remove_handle(multi_, easy);
    curl_easy_cleanup(easy);
    Finish(std::move(job), Cancelled());
  }
  open_.clear();
  std::vector<Waiting> waiting;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    waiting.swap(waiting_);
  }
  for (Waiting& late : waiting) Finish(std::move(late.job), Cancelled());
}

HttpEngine::HttpEngine(HttpOptions options)
    : impl_(std::make_unique<Impl>(std::move(options))) {}
HttpEngine::~HttpEngine() = default;

arrow::Future<HttpResponse> HttpEngine::Send(HttpRequest request, double delay,
                                             Executor* executor) {
  return impl_->Send(std::move(request), delay, executor);
}

void HttpEngine::Cancel() { impl_->Cancel(); }

}  // namespace pomona::store::s3
