// SPDX-License-Identifier: Apache-2.0
#include "pomona/stats/reducer.h"

#include <algorithm>
#include <filesystem>
#include <memory>

#include <nanobind/ndarray.h>
#include <nanobind/stl/filesystem.h>
#include <nanobind/stl/map.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>

#include "pomona/job/stages.h"
#include "pomona/store/byte_store.h"

#include "arrays.h"
#include "bind.h"
#include "errors.h"
#include "moments.h"
#include "rows.h"
#include "settings.h"

namespace nb = nanobind;
using namespace nb::literals;

namespace pomona::python {
namespace {

using stats::Reducer;

stats::FitOptions Options(std::optional<int64_t> components,
                          std::optional<double> variance, const std::string& convention,
                          bool center, bool scale, bool all_eigenvalues) {
  stats::FitOptions options;
  options.components = components;
  options.variance = variance;
  options.convention = ConventionFromText(convention);
  options.center = center;
  options.scale = scale;
  options.all_eigenvalues = all_eigenvalues;
  return options;
}

Reducer Fit(MomentsState& moments, std::optional<int64_t> components,
            std::optional<double> variance, const std::string& convention, bool center,
            bool scale, bool all_eigenvalues) {
  const auto options =
      Options(components, variance, convention, center, scale, all_eigenvalues);
  const stats::Moments& state = moments.Flushed();
  Result<Reducer> reducer{Reducer()};
  {
    nb::gil_scoped_release release;
    reducer = stats::FitReducer(state, options);
  }
  return Unwrap(std::move(reducer));
}

Reducer FitFrom(const std::filesystem::path& source, std::optional<int64_t> components,
                std::optional<double> variance, const std::string& convention,
                bool center, bool scale, bool all_eigenvalues, const std::string& pca) {
  auto options =
      Options(components, variance, convention, center, scale, all_eigenvalues);
  options.pca = PcaFromText(pca);
  Result<Reducer> reducer{Reducer()};
  {
    nb::gil_scoped_release release;
    reducer = job::FitFrom(source.string(), options);
  }
  return Unwrap(std::move(reducer));
}

Status ApplyTo(const Reducer& reducer, const RowsView& view, float* out) {
  ARROW_ASSIGN_OR_RAISE(const auto transformer, stats::Transformer::Make(reducer));
  if (view.dim != transformer.dim()) {
    return Status::Invalid("rows have ", view.dim, " numbers, the reducer needs ",
                           transformer.dim());
  }
  if (view.floats == nullptr) {
    return Status::TypeError("transform takes float32 rows: rows.astype('float32')");
  }
  return transformer.Apply(view.floats, view.n, out);
}

Rows Transform(const Reducer& reducer, nb::object rows) {
  const auto views = ViewRows(rows);
  int64_t n = 0;
  for (const auto& view : views) n += view.n;
  Rows reduced = Unwrap(Rows::Make(n, reducer.k()));
  float* out = reduced.data();
  for (const auto& view : views) {
    Status status;
    {
      nb::gil_scoped_release release;
      status = ApplyTo(reducer, view, out);
    }
    Check(status);
    out += view.n * reducer.k();
  }
  return reduced;
}

void Save(const Reducer& reducer, const std::filesystem::path& folder) {
  Status status;
  {
    nb::gil_scoped_release release;
    auto store = store::OpenByteStore(folder.string());
    status = store.ok() ? job::SaveReducer(reducer, store->get(), "") : store.status();
  }
  Check(status);
}

nb::bytes ToBytes(const Reducer& reducer) {
  const std::string file = Unwrap(reducer.ToSafetensors());
  return nb::bytes(file.data(), file.size());
}

Reducer Load(const std::filesystem::path& location) {
  Result<Reducer> reducer{Reducer()};
  {
    nb::gil_scoped_release release;
    reducer = job::LoadReducer(location.string());
  }
  return Unwrap(std::move(reducer));
}

DoubleArray Shares(const Reducer& reducer) {
  auto shares = reducer.explained_variance_ratio();
  shares.resize(std::min(shares.size(), static_cast<size_t>(reducer.k())));
  const auto n = static_cast<int64_t>(shares.size());
  return ToArray(std::move(shares), {n});
}

void BindProperties(nb::class_<Reducer>& reducer) {
  const auto vector = [&](const char* name, std::vector<double> Reducer::* member) {
    reducer.def_prop_ro(
        name,
        [member](const Reducer& r) {
          return ToArray(r.*member, {static_cast<int64_t>((r.*member).size())});
        },
        nb::rv_policy::automatic);
  };
  vector("mean", &Reducer::mean);
  vector("scale", &Reducer::scale);
  vector("eigenvalues", &Reducer::eigenvalues);
  reducer
      .def_prop_ro(
          "components",
          [](const Reducer& r) { return ToArray(r.components, {r.k(), r.dim}); },
          nb::rv_policy::automatic)
      .def_prop_ro("explained_variance_ratio_", &Shares, nb::rv_policy::automatic)
      .def_prop_ro("convention",
                   [](const Reducer& r) {
                     return r.convention == stats::Convention::kSpark ? "spark"
                                                                      : "sklearn";
                   })
      .def_prop_ro("k", &Reducer::k)
      .def_ro("center", &Reducer::center)
      .def_ro("dim", &Reducer::dim)
      .def_ro("count", &Reducer::count)
      .def_ro("total_variance", &Reducer::total_variance)
      .def_ro("method", &Reducer::method)
      .def_ro("metadata", &Reducer::metadata);
}

}  // namespace

void BindReducer(nb::module_& m) {
  auto reducer = nb::class_<Reducer>(m, "Reducer", "A scaler and a PCA, fitted.");
  BindProperties(reducer);
  reducer.def("transform", &Transform, "rows"_a, "n x dim float32 rows to n x k.")
      .def("save", &Save, "folder"_a)
      .def_static("load", &Load, "location"_a, "A reducer's file or folder, or a run's.")
      .def("to_json", &Reducer::ToJson)
      .def("to_bytes", &ToBytes, "The safetensors file.");
  m.def("fit", &Fit, "moments"_a, nb::kw_only(), "components"_a = nb::none(),
        "variance"_a = nb::none(), "convention"_a = "spark", "center"_a = true,
        "scale"_a = true, "all_eigenvalues"_a = false, "A reducer from moments.");
  m.def("fit_from", &FitFrom, "source"_a, nb::kw_only(), "components"_a = nb::none(),
        "variance"_a = nb::none(), "convention"_a = "spark", "center"_a = true,
        "scale"_a = true, "all_eigenvalues"_a = false, "pca"_a = "auto",
        "A reducer from a run's folder, feature files or moments files. pca: \"exact\", "
        "\"sketch\", or \"auto\" as `pomona fit --pca` says.");
}

}  // namespace pomona::python
