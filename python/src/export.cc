// SPDX-License-Identifier: Apache-2.0
#include "pomona/job/export/export.h"

#include <utility>

#include <nanobind/stl/map.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "pomona/job/export/imported.h"

#include "bind.h"
#include "errors.h"
#include "settings.h"

namespace nb = nanobind;
using namespace nb::literals;

namespace pomona::python {
namespace {

using stats::Reducer;

Status Write(const Reducer& reducer, const std::string& format, const std::string& path,
             bool fuse, const model::BackboneOptions& files, bool overwrite) {
  if (format == "npz") return job::ExportNpz(reducer, path, overwrite);
  if (format == "spark") return job::ExportSpark(reducer, path, overwrite);
  if (fuse) return job::ExportFusedOnnx(reducer, files, path, overwrite);
  return job::ExportOnnx(reducer, path, overwrite);
}

void Export(const Reducer& reducer, const std::string& format, const std::string& path,
            bool fuse, const std::string& model, const std::string& weights,
            bool overwrite) {
  model::BackboneOptions files;
  files.model = model;
  files.weights = weights;
  Status status;
  {
    nb::gil_scoped_release release;
    status = Write(reducer, format, path, fuse, files, overwrite);
  }
  Check(status);
}

Reducer ImportSpark(const std::string& location) {
  Result<Reducer> reducer{Reducer()};
  {
    nb::gil_scoped_release release;
    reducer = job::ImportSpark(location);
  }
  return Unwrap(std::move(reducer));
}

Reducer Make(const std::string& convention, bool center, int64_t count,
             std::vector<double> mean, std::vector<double> scale,
             std::vector<double> components, std::vector<double> eigenvalues,
             double total_variance, const std::string& imported,
             const std::string& json) {
  Reducer r;
  r.convention = ConventionFromText(convention);
  r.center = center;
  r.count = count;
  r.dim = static_cast<int64_t>(mean.size());
  r.mean = std::move(mean);
  r.scale = std::move(scale);
  r.components = std::move(components);
  r.eigenvalues = std::move(eigenvalues);
  r.total_variance = total_variance;
  r.method = "imported";
  r.metadata[job::kImportedKey] = imported;
  Check(r.Validate());
  job::RestoreFromJson(json, &r);
  return r;
}

Reducer Like(const Reducer& reducer, const std::string& run) {
  Reducer copy = reducer;
  Check(job::AdoptContractOf(run, &copy));
  return copy;
}

}  // namespace

void BindExport(nb::module_& m) {
  m.def("export_reducer", &Export, "reducer"_a, "format"_a, "path"_a, nb::kw_only(),
        "fuse"_a, "model"_a, "weights"_a, "overwrite"_a, "npz, onnx or spark.");
  m.def("import_spark", &ImportSpark, "location"_a);
  m.def("make_reducer", &Make, nb::kw_only(), "convention"_a, "center"_a, "count"_a,
        "mean"_a, "scale"_a, "components"_a, "eigenvalues"_a, "total_variance"_a,
        "imported"_a, "json"_a, "A reducer of another library's numbers.");
  m.def("reducer_like", &Like, "reducer"_a, "run"_a,
        "A copy with the network and preprocessing of a run.");
}

}  // namespace pomona::python
