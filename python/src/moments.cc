// SPDX-License-Identifier: Apache-2.0
#include "moments.h"

#include <filesystem>
#include <memory>
#include <optional>

#include <arrow/buffer.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/filesystem.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>

#include "pomona/store/byte_store.h"

#include "arrays.h"
#include "bind.h"
#include "errors.h"
#include "rows.h"

namespace nb = nanobind;
using namespace nb::literals;

namespace pomona::python {
namespace {

using Path = std::filesystem::path;

std::string Folder(const Path& path) {
  return path.has_parent_path() ? path.parent_path().string() : ".";
}

Status UpdateOne(stats::Moments* moments, const RowsView& rows) {
  if (rows.dim != moments->dim()) {
    return Status::Invalid("rows have ", rows.dim, " numbers, these moments ",
                           moments->dim());
  }
  return rows.floats != nullptr ? moments->Update(rows.floats, rows.n)
                                : moments->Update(rows.doubles, rows.n);
}

nb::object Update(nb::object self, nb::object rows) {
  auto& state = nb::cast<MomentsState&>(self);
  for (const auto& view : ViewRows(rows)) {
    if (!state.moments) state.moments = Unwrap(stats::Moments::Make(view.dim));
    Status status;
    {
      nb::gil_scoped_release release;
      status = UpdateOne(&*state.moments, view);
    }
    Check(status);
  }
  return self;
}

nb::object Merge(nb::object self, MomentsState& other) {
  auto& state = nb::cast<MomentsState&>(self);
  if (!other.moments) return self;
  if (!state.moments) state.moments = Unwrap(stats::Moments::Make(other.moments->dim()));
  const stats::Moments& addend = other.Flushed();
  stats::Moments& sum = state.Flushed();
  if (&addend == &sum) Raise(Status::Invalid("moments cannot be merged with themselves"));
  Status status;
  {
    nb::gil_scoped_release release;
    status = sum.Merge(addend);
  }
  Check(status);
  return self;
}

DoubleArray Covariance(MomentsState& self, int64_t ddof) {
  const stats::Moments& moments = self.Flushed();
  const int64_t dim = moments.dim();
  if (moments.count() <= ddof) {
    Raise(Status::Invalid("covariance needs more than ", ddof, " rows; there are ",
                          moments.count()));
  }
  const auto divisor = static_cast<double>(moments.count() - ddof);
  std::vector<double> full(static_cast<size_t>(dim * dim));
  for (int64_t i = 0; i < dim; ++i) {
    for (int64_t j = 0; j <= i; ++j) {
      const double value = moments.scatter_at(i, j) / divisor;
      full[static_cast<size_t>(i * dim + j)] = value;
      full[static_cast<size_t>(j * dim + i)] = value;
    }
  }
  return ToArray(std::move(full), {dim, dim});
}

nb::bytes ToBytes(MomentsState& self) {
  const std::string bytes = Unwrap(self.Flushed().Serialize());
  return nb::bytes(bytes.data(), bytes.size());
}

stats::Moments FromBytes(nb::bytes bytes) {
  return Unwrap(stats::Moments::Deserialize(
      std::string_view(static_cast<const char*>(bytes.data()), bytes.size())));
}

Status Write(const stats::Moments& moments, const Path& path) {
  ARROW_ASSIGN_OR_RAISE(const auto bytes, moments.Serialize());
  ARROW_ASSIGN_OR_RAISE(auto store, store::OpenByteStore(Folder(path)));
  return store->Put(path.filename().string(), bytes);
}

Result<stats::Moments> Read(const Path& path) {
  ARROW_ASSIGN_OR_RAISE(auto store, store::OpenByteStore(Folder(path)));
  ARROW_ASSIGN_OR_RAISE(const auto bytes, store->Read(path.filename().string()));
  return stats::Moments::Deserialize(std::string_view(*bytes));
}

void Save(MomentsState& self, const Path& path) {
  const stats::Moments& moments = self.Flushed();
  Status status;
  {
    nb::gil_scoped_release release;
    status = Write(moments, path);
  }
  Check(status);
}

MomentsState Load(const Path& path) {
  Result<stats::Moments> moments = Status::UnknownError("");
  {
    nb::gil_scoped_release release;
    moments = Read(path);
  }
  return {Unwrap(std::move(moments), path.string())};
}

}  // namespace

stats::Moments& MomentsState::Flushed() {
  if (!moments) Raise(Status::Invalid("these moments have seen no rows yet"));
  nb::gil_scoped_release release;
  moments->Flush();
  return *moments;
}

void BindMoments(nb::module_& m) {
  nb::class_<MomentsState>(
      m, "Moments",
      "Count, mean and centred scatter of rows: all that a scaler and a "
      "PCA need. Reading and merging end a run of rows.")
      .def(
          "__init__",
          [](MomentsState* self, std::optional<int64_t> dim) {
            MomentsState made;
            if (dim) made.moments = Unwrap(stats::Moments::Make(*dim));
            new (self) MomentsState(std::move(made));
          },
          "dim"_a = nb::none(), "dim: columns; None takes those of the first rows.")
      .def("update", &Update, "rows"_a,
           nb::sig("def update(self, rows: object) -> Moments"),
           "Adds rows: a 2-D numpy array, pomona.Rows, or Arrow fixed-size lists, which "
           "are "
           "read where they are.")
      .def("merge", &Merge, "other"_a,
           nb::sig("def merge(self, other: Moments) -> Moments"),
           "Adds other's rows after these.")
      .def_prop_ro("count",
                   [](MomentsState& s) { return s.moments ? s.Flushed().count() : 0; })
      .def_prop_ro("dim",
                   [](MomentsState& s) { return s.moments ? s.moments->dim() : 0; })
      .def_prop_ro(
          "mean",
          [](MomentsState& s) {
            const auto mean = s.Flushed().mean();
            return ToArray({mean.begin(), mean.end()}, {s.moments->dim()});
          },
          nb::rv_policy::automatic)
      .def("covariance", &Covariance, "ddof"_a = int64_t{1})
      .def("save", &Save, "path"_a, "One file, whole or not at all.")
      .def_static("load", &Load, "path"_a,
                  "A state that save or a run (moments/block-*.bin) wrote.")
      .def("to_bytes", &ToBytes, "The moments file.")
      .def_static(
          "from_bytes", [](nb::bytes data) { return MomentsState{FromBytes(data)}; },
          "data"_a)
      .def("__getstate__", &ToBytes)
      .def("__setstate__", [](MomentsState& self, nb::bytes bytes) {
        new (&self) MomentsState{FromBytes(bytes)};
      });
}

}  // namespace pomona::python
