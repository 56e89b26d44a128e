// SPDX-License-Identifier: Apache-2.0
#include "cluster.h"

#include <tuple>
#include <utility>

#include <nanobind/stl/function.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include "pomona/job/tasks.h"

#include "bind.h"
#include "errors.h"

namespace nb = nanobind;
using namespace nb::literals;

namespace pomona::python {
namespace {

using Piece = std::tuple<int64_t, int64_t, int64_t, std::string, std::string, int64_t>;

// One process's tasks; the GIL is not held while it computes.
class WorkerTasks {
 public:
  WorkerTasks(const std::string& spec, int threads) {
    Result<std::unique_ptr<job::Tasks>> opened{nullptr};
    {
      nb::gil_scoped_release release;
      opened = Open(spec, threads);
    }
    tasks_ = Unwrap(std::move(opened));
  }

  std::vector<Piece> Do(const std::string& name, const std::vector<int64_t>& pieces) {
    const auto work = job::ParseWork(name);
    if (!work) Raise(Status::Invalid("there is no work '", name, "'"));
    std::vector<Piece> done;
    Status status;
    {
      nb::gil_scoped_release release;
      const auto keep = [&](const job::PieceDone& piece) {
        done.emplace_back(piece.piece, piece.rows, piece.rejects, piece.host, piece.cpu,
                          piece.s3_retries);
        return Status::OK();
      };
      status = tasks_->Do(*work, pieces, keep, {});
    }
    Check(status);
    return done;
  }

 private:
  static Result<std::unique_ptr<job::Tasks>> Open(const std::string& spec, int threads) {
    ARROW_ASSIGN_OR_RAISE(auto parsed, job::TaskSpec::FromJson(spec));
    return job::Tasks::Open(std::move(parsed), threads);
  }

  std::unique_ptr<job::Tasks> tasks_;
};

}  // namespace

PythonCluster::PythonCluster(nb::object object)
    : object_(std::move(object)), name_(nb::cast<std::string>(object_.attr("name"))) {}

Status PythonCluster::Compute(job::Work work, const job::TaskSpec& spec,
                              const std::vector<int64_t>& pieces, const Done& done,
                              std::stop_token stop) {
  ARROW_ASSIGN_OR_RAISE(const std::string text, spec.ToJson());
  nb::gil_scoped_acquire acquire;
  return Call(work, text, pieces, done, stop);
}

Status PythonCluster::Call(job::Work work, const std::string& spec,
                           const std::vector<int64_t>& pieces, const Done& done,
                           const std::stop_token& stop) {
  Status refused;
  const nb::object take = nb::cpp_function(
      [&](int64_t piece, int64_t rows, int64_t rejects, const std::string& host,
          const std::string& cpu, int64_t s3_retries) {
        {
          nb::gil_scoped_release release;
          refused = done({piece, rows, rejects, host, cpu, s3_retries});
        }
        Check(refused);
      });
  const nb::object stopped = nb::cpp_function([&] { return stop.stop_requested(); });
  try {
    object_.attr("compute")(std::string(job::WorkName(work)), spec, pieces, take,
                            stopped);
  } catch (nb::python_error& error) {
    if (!refused.ok()) return refused;
    if (stop.stop_requested()) return Status::Cancelled("stopped");
    const std::string message = nb::cast<std::string>(nb::str(error.value()));
    error_ = std::make_unique<nb::python_error>(std::move(error));
    return Status::ExecutionError(message);
  }
  return Status::OK();
}

void PythonCluster::Rethrow() {
  if (!error_) return;
  nb::python_error error(std::move(*error_));
  error_.reset();
  throw error;
}

void BindCluster(nb::module_& m) {
  nb::class_<WorkerTasks>(m, "Tasks",
                          "What a worker computes of a run that another process "
                          "coordinates.")
      .def(nb::init<const std::string&, int>(), "spec"_a, "threads"_a)
      .def("do", &WorkerTasks::Do, "work"_a, "pieces"_a,
           "(piece, rows, rejects, host, cpu, s3_retries) of each piece, committed.");
}

}  // namespace pomona::python
