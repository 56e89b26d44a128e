// SPDX-License-Identifier: Apache-2.0
#include "pomona/job/run.h"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>

#include <nanobind/stl/map.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "pomona/job/stages.h"

#include "bind.h"
#include "cluster.h"
#include "errors.h"
#include "settings.h"

namespace nb = nanobind;
using namespace nb::literals;

namespace pomona::python {
namespace {

// Hands events to a Python function, as JSON lines; the first exception of it stops the
// run.
class CallbackSink : public EventSink {
 public:
  CallbackSink(nb::object function, std::stop_source stop)
      : function_(std::move(function)), stop_(std::move(stop)) {}

  void Emit(const Event& event) override {
    const std::string line = ToJsonLine(event);
    nb::gil_scoped_acquire acquire;
    if (error_) return;
    try {
      function_(line);
    } catch (nb::python_error& error) {
      error_ = std::make_unique<nb::python_error>(std::move(error));
      stop_.request_stop();
    }
  }

  // Raises what the function raised. Needs the GIL.
  void Rethrow() {
    if (!error_) return;
    nb::python_error error(std::move(*error_));
    error_.reset();
    throw error;
  }

 private:
  nb::object function_;
  std::stop_source stop_;
  std::unique_ptr<nb::python_error> error_;
};

// Runs `work` on a thread of its own while this one looks for Python signals: Ctrl-C asks
// `stop` and is raised once the work has ended. GIL held by the caller, not by the work.
void RunInterruptible(std::stop_source stop, const std::function<void()>& work) {
  std::mutex mutex;
  std::condition_variable finished;
  bool done = false;
  bool interrupted = false;
  {
    nb::gil_scoped_release release;
    std::jthread worker([&] {
      work();
      std::lock_guard lock(mutex);
      done = true;
      finished.notify_one();
    });
    std::unique_lock lock(mutex);
    while (
        !finished.wait_for(lock, std::chrono::milliseconds(50), [&] { return done; })) {
      if (interrupted) continue;
      lock.unlock();
      {
        nb::gil_scoped_acquire acquire;
        interrupted = PyErr_CheckSignals() != 0;
        if (interrupted) PyErr_Clear();  // raised again when everything is on disk
      }
      if (interrupted) stop.request_stop();
      lock.lock();
    }
  }
  if (interrupted) {
    PyErr_SetNone(PyExc_KeyboardInterrupt);
    throw nb::python_error();
  }
}

job::RunReport Run(const std::string& source, const std::string& destination,
                   const nb::typed<nb::dict, nb::str, nb::object>& values, int threads,
                   double max_bad, bool overwrite, bool allow_other_cpu,
                   nb::object events, nb::object cluster, bool require_same_cpu) {
  const job::Settings settings = SettingsFrom(values);
  std::stop_source stop;
  std::unique_ptr<CallbackSink> sink;
  if (!events.is_none()) sink = std::make_unique<CallbackSink>(events, stop);
  job::RunOptions options;
  options.threads = threads;
  options.max_bad = max_bad;
  options.overwrite = overwrite;
  options.allow_other_cpu = allow_other_cpu;
  options.stop = stop.get_token();
  options.sink = sink.get();
  options.require_same_cpu = require_same_cpu;
  std::unique_ptr<PythonCluster> elsewhere;
  if (!cluster.is_none()) elsewhere = std::make_unique<PythonCluster>(cluster);
  options.cluster = elsewhere.get();
  Result<job::RunReport> report{job::RunReport()};
  RunInterruptible(stop,
                   [&] { report = job::Run(source, destination, settings, options); });
  if (sink) sink->Rethrow();
  if (elsewhere && !report.ok()) elsewhere->Rethrow();
  return Unwrap(std::move(report));
}

int64_t TransformRows(const stats::Reducer& reducer, const std::string& source,
                      const std::string& destination, bool csv, bool npz) {
  Result<int64_t> rows(0);
  {
    nb::gil_scoped_release release;
    rows = job::TransformRows(reducer, source, destination, {csv, npz, nullptr});
  }
  return Unwrap(std::move(rows));
}

void BindReport(nb::module_& m) {
  using job::RunReport;
  nb::class_<RunReport>(m, "RunReport",
                        "What a run did; counts are of the whole destination.")
      .def_ro("images", &RunReport::images)
      .def_ro("rows", &RunReport::rows)
      .def_ro("rejects", &RunReport::rejects, "by code")
      .def_ro("generation", &RunReport::generation)
      .def_ro("feature_dim", &RunReport::feature_dim)
      .def_ro("components", &RunReport::components)
      .def_ro("explained_variance", &RunReport::explained_variance)
      .def_ro("random_weights", &RunReport::random_weights)
      .def_ro("nothing_to_do", &RunReport::nothing_to_do)
      .def_ro("seconds", &RunReport::seconds)
      .def_ro("images_per_second", &RunReport::images_per_second)
      .def_ro("warnings", &RunReport::warnings)
      .def_ro("manifest", &RunReport::manifest, "manifest.json")
      .def("__repr__", [](const RunReport& r) {
        return "RunReport(images=" + std::to_string(r.images) +
               ", rows=" + std::to_string(r.rows) +
               ", rejects=" + std::to_string(r.reject_count()) +
               ", components=" + std::to_string(r.components) +
               (r.random_weights ? ", RANDOM WEIGHTS)" : ")");
      });
}

}  // namespace

void BindRun(nb::module_& m) {
  BindReport(m);
  m.def("run", &Run, "source"_a, "destination"_a, "settings"_a, nb::kw_only(),
        "threads"_a, "max_bad"_a, "overwrite"_a, "allow_other_cpu"_a,
        "events"_a = nb::none(), "cluster"_a = nb::none(), "require_same_cpu"_a = false);
  m.def("transform_rows", &TransformRows, "reducer"_a, "source"_a, "destination"_a,
        nb::kw_only(), "csv"_a = false, "npz"_a = false);
}

}  // namespace pomona::python
