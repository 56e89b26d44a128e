// SPDX-License-Identifier: Apache-2.0
#include "pomona/job/run.h"

#include <memory>
#include <stop_token>

#include <nanobind/stl/map.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "pomona/job/stages.h"

#include "bind.h"
#include "cluster.h"
#include "errors.h"
#include "interruptible.h"
#include "settings.h"

namespace nb = nanobind;
using namespace nb::literals;

namespace pomona::python {
namespace {

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
