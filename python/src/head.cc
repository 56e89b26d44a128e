// SPDX-License-Identifier: Apache-2.0
#include "pomona/learn/head.h"

#include <filesystem>
#include <optional>
#include <utility>

#include <nanobind/ndarray.h>
#include <nanobind/stl/filesystem.h>
#include <nanobind/stl/map.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include "pomona/learn/head_store.h"
#include "pomona/learn/training.h"
#include "pomona/store/byte_store.h"

#include "arrays.h"
#include "bind.h"
#include "errors.h"

namespace nb = nanobind;
using namespace nb::literals;

namespace pomona::python {
namespace {

using learn::Head;
using FloatRows = nb::ndarray<const float, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
using Answers = std::tuple<DoubleArray, std::vector<std::vector<int32_t>>,
                           std::vector<int32_t>, DoubleArray>;

Head Train(FloatRows rows, std::vector<std::string> classes,
           std::vector<std::string> groups, const std::string& method,
           std::optional<double> strength, bool balance, bool root, bool normalize,
           double coverage, int folds, const std::string& target) {
  learn::TrainOptions options;
  options.method = Unwrap(learn::ParseMethod(method));
  options.strength = strength;
  options.balance = balance;
  options.form = {root, normalize};
  options.coverage = coverage;
  options.folds = folds;
  if (classes.size() != rows.shape(0) || groups.size() != rows.shape(0)) {
    Raise(Status::Invalid(rows.shape(0), " rows, ", classes.size(), " classes and ",
                          groups.size(), " groups: one of each for each row is needed"));
  }
  learn::TrainingRows training;
  training.dim = static_cast<int64_t>(rows.shape(1));
  training.rows.assign(rows.data(), rows.data() + rows.size());
  training.classes = std::move(classes);
  training.groups = std::move(groups);
  Result<learn::Training> trained{Status::Invalid("not run")};
  {
    nb::gil_scoped_release release;
    trained = learn::Train(std::move(training), options);
  }
  Head head = Unwrap(std::move(trained)).head;
  head.target = target;
  return head;
}

Answers Predict(const Head& head, FloatRows rows) {
  const auto n = static_cast<int64_t>(rows.shape(0));
  if (static_cast<int64_t>(rows.shape(1)) != head.dim()) {
    Raise(Status::Invalid("rows have ", rows.shape(1), " numbers, the head needs ",
                          head.dim()));
  }
  Result<std::vector<learn::Answer>> found{Status::Invalid("not run")};
  {
    nb::gil_scoped_release release;
    found = head.Predict(rows.data(), n);
  }
  std::vector<double> probabilities;
  std::vector<std::vector<int32_t>> sets;
  std::vector<int32_t> known;
  std::vector<double> distances;
  for (learn::Answer& answer : Unwrap(std::move(found))) {
    probabilities.insert(probabilities.end(), answer.probabilities.begin(),
                         answer.probabilities.end());
    sets.push_back(std::move(answer.set));
    known.push_back(answer.known ? 1 : 0);
    distances.push_back(answer.distance);
  }
  return {ToArray(std::move(probabilities), {n, head.model.classes}), std::move(sets),
          std::move(known), ToArray(std::move(distances), {n})};
}

nb::bytes ToBytes(const Head& head) {
  const std::string file = Unwrap(head.ToSafetensors());
  return nb::bytes(file.data(), file.size());
}

Head FromBytes(nb::bytes data) {
  return Unwrap(Head::FromSafetensors({data.c_str(), data.size()}));
}

void Save(const Head& head, const std::filesystem::path& folder) {
  Status status;
  {
    nb::gil_scoped_release release;
    auto store = store::OpenByteStore(folder.string());
    status = store.ok() ? learn::SaveHead(head, store->get()) : store.status();
  }
  Check(status);
}

Head Load(const std::filesystem::path& location) {
  Result<Head> head{Head()};
  {
    nb::gil_scoped_release release;
    head = learn::LoadHead(location.string());
  }
  return Unwrap(std::move(head));
}

}  // namespace

void BindHead(nb::module_& m) {
  m.def("train_head", &Train, "rows"_a, "classes"_a, "groups"_a, nb::kw_only(),
        "method"_a, "strength"_a.none(), "balance"_a, "root"_a, "normalize"_a,
        "coverage"_a, "folds"_a, "target"_a, "pomona.Head fits by this.");
  nb::class_<Head>(m, "HeadModel", "What pomona.Head fits: the head's file in memory.")
      .def("predict", &Predict, "rows"_a,
           "Probabilities, candidates, known, and distances of n x dim float32 rows.",
           nb::rv_policy::automatic)
      .def("save", &Save, "folder"_a)
      .def_static("load", &Load, "location"_a)
      .def_ro("classes", &Head::classes)
      .def_ro("target", &Head::target)
      .def_ro("method", &Head::method)
      .def_ro("coverage", &Head::coverage)
      .def_rw("metadata", &Head::metadata)
      .def_prop_ro("root", [](const Head& head) { return head.form.root; })
      .def_prop_ro("normalize", [](const Head& head) { return head.form.normalize; })
      .def_prop_ro("dim", &Head::dim)
      .def("to_json", &Head::ToJson)
      .def("__getstate__", &ToBytes)
      .def("__setstate__",
           [](Head& self, nb::bytes bytes) { new (&self) Head(FromBytes(bytes)); });
}

}  // namespace pomona::python
