// SPDX-License-Identifier: Apache-2.0
#include "rows.h"

#include <arrow/array.h>
#include <arrow/buffer.h>
#include <arrow/c/bridge.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <nanobind/ndarray.h>

#include "bind.h"
#include "errors.h"

namespace nb = nanobind;

namespace pomona::python {
namespace {

using ArrayPtr = std::shared_ptr<arrow::Array>;

template <typename T>
T* FromCapsule(nb::handle capsule, const char* name) {
  void* pointer = PyCapsule_GetPointer(capsule.ptr(), name);
  if (pointer == nullptr) throw nb::python_error();
  return static_cast<T*>(pointer);
}

std::vector<ArrayPtr> ImportStream(nb::handle object) {
  const nb::object capsule = object.attr("__arrow_c_stream__")();
  const auto chunked = Unwrap(arrow::ImportChunkedArray(
      FromCapsule<ArrowArrayStream>(capsule, "arrow_array_stream")));
  return chunked->chunks();
}

// What `array` is, checked: a list of fixed size without nulls in it or in its values.
RowsView ViewArray(const ArrayPtr& array) {
  if (array->type_id() != arrow::Type::FIXED_SIZE_LIST) {
    Raise(Status::TypeError("rows must be fixed_size_list<float or double>, not ",
                            array->type()->ToString()));
  }
  const auto& list = static_cast<const arrow::FixedSizeListArray&>(*array);
  const int64_t dim = list.list_type()->list_size();
  const int64_t first = list.value_offset(0);
  const auto values = list.values()->Slice(first, list.length() * dim);
  if (list.null_count() > 0 || values->null_count() > 0) {
    Raise(Status::Invalid("rows hold nulls: drop or fill them first"));
  }
  RowsView view;
  view.n = list.length();
  view.dim = dim;
  view.owner = array;
  if (values->type_id() == arrow::Type::FLOAT) {
    view.floats = static_cast<const arrow::FloatArray&>(*values).raw_values();
  } else if (values->type_id() == arrow::Type::DOUBLE) {
    view.doubles = static_cast<const arrow::DoubleArray&>(*values).raw_values();
  } else {
    Raise(Status::TypeError("rows must be of float or double, not ",
                            values->type()->ToString()));
  }
  return view;
}

template <typename T>
bool ViewNumpy(nb::handle object, RowsView* view) {
  using Array = nb::ndarray<const T, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
  Array array;
  if (!nb::try_cast(object, array, false)) return false;
  if constexpr (std::is_same_v<T, float>) {
    view->floats = array.data();
  } else {
    view->doubles = array.data();
  }
  view->n = static_cast<int64_t>(array.shape(0));
  view->dim = static_cast<int64_t>(array.shape(1));
  view->owner = std::make_shared<Array>(std::move(array));
  return true;
}

nb::capsule SchemaCapsule(const arrow::DataType& type) {
  auto schema = std::make_unique<ArrowSchema>();
  Check(arrow::ExportType(type, schema.get()));
  return nb::capsule(schema.release(), "arrow_schema", [](void* pointer) noexcept {
    auto* held = static_cast<ArrowSchema*>(pointer);
    if (held->release != nullptr) held->release(held);
    delete held;
  });
}

std::shared_ptr<arrow::DataType> RowType(int64_t dim) {
  return arrow::fixed_size_list(arrow::field("item", arrow::float32(), false),
                                static_cast<int32_t>(dim));
}

using NumpyRows = nb::ndarray<nb::numpy, float, nb::ndim<2>>;

NumpyRows ToNumpy(nb::handle self) {
  auto& rows = nb::cast<Rows&>(self);
  return NumpyRows(rows.data(),
                   {static_cast<size_t>(rows.n()), static_cast<size_t>(rows.dim())},
                   self);
}

}  // namespace

ArrayPtr ImportArray(nb::handle object) {
  const nb::tuple pair = nb::cast<nb::tuple>(object.attr("__arrow_c_array__")());
  return Unwrap(arrow::ImportArray(FromCapsule<ArrowArray>(pair[1], "arrow_array"),
                                   FromCapsule<ArrowSchema>(pair[0], "arrow_schema")));
}

std::vector<RowsView> ViewRows(nb::handle object) {
  std::vector<RowsView> views;
  if (nb::hasattr(object, "__arrow_c_array__")) {
    views.push_back(ViewArray(ImportArray(object)));
  } else if (nb::hasattr(object, "__arrow_c_stream__")) {
    for (const auto& chunk : ImportStream(object)) views.push_back(ViewArray(chunk));
  } else {
    views.emplace_back();
    if (!ViewNumpy<float>(object, &views[0]) && !ViewNumpy<double>(object, &views[0])) {
      Raise(
          Status::TypeError("rows must be a C-contiguous float32 or float64 array of two "
                            "dimensions, or an Arrow array of fixed_size_list"));
    }
  }
  return views;
}

Result<Rows> Rows::Make(int64_t n, int64_t dim) {
  Rows rows;
  rows.n_ = n;
  rows.dim_ = dim;
  ARROW_ASSIGN_OR_RAISE(
      rows.buffer_, arrow::AllocateBuffer(n * dim * static_cast<int64_t>(sizeof(float))));
  return rows;
}

float* Rows::data() { return reinterpret_cast<float*>(buffer_->mutable_data()); }
const float* Rows::data() const {
  return reinterpret_cast<const float*>(buffer_->data());
}

Result<ArrayPtr> Rows::ToArrow() const {
  auto values = std::make_shared<arrow::FloatArray>(n_ * dim_, buffer_);
  return std::make_shared<arrow::FixedSizeListArray>(RowType(dim_), n_,
                                                     std::move(values));
}

nb::tuple ExportArray(const arrow::Array& array) {
  nb::capsule schema = SchemaCapsule(*array.type());
  auto exported = std::make_unique<ArrowArray>();
  Check(arrow::ExportArray(array, exported.get()));
  nb::capsule data(exported.release(), "arrow_array", [](void* pointer) noexcept {
    auto* held = static_cast<ArrowArray*>(pointer);
    if (held->release != nullptr) held->release(held);
    delete held;
  });
  return nb::make_tuple(schema, data);
}

void BindRows(nb::module_& m) {
  nb::class_<Rows>(
      m, "Rows",
      "n rows of float32. numpy.asarray(rows) and pyarrow.array(rows) see the "
      "same memory.")
      .def("__len__", &Rows::n)
      .def_prop_ro(
          "shape", [](const Rows& r) { return nb::make_tuple(r.n(), r.dim()); },
          nb::sig("def shape(self) -> tuple[int, int]"))
      .def("to_numpy", &ToNumpy, "n x dim, a view.")
      .def(
          "__array__",
          [](nb::handle self, nb::object dtype, nb::object copy) {
            nb::object array = nb::cast(ToNumpy(self));
            if (!dtype.is_none()) array = array.attr("astype")(dtype);
            return copy.is_none() || !nb::cast<bool>(copy) ? array : array.attr("copy")();
          },
          nb::arg("dtype") = nb::none(), nb::arg("copy") = nb::none())
      .def("__arrow_c_schema__",
           [](const Rows& rows) { return SchemaCapsule(*RowType(rows.dim())); })
      .def(
          "__arrow_c_array__",
          [](const Rows& rows, nb::handle) {
            return ExportArray(*Unwrap(rows.ToArrow()));
          },
          nb::arg("requested_schema") = nb::none(), kArrowArraySignature,
          "The Arrow PyCapsule interface.");
}

}  // namespace pomona::python
