// SPDX-License-Identifier: Apache-2.0
#include "errors.h"

#include <arrow/util/io_util.h>
#include <nanobind/nanobind.h>

#include "pomona/base/reject.h"

namespace nb = nanobind;

namespace pomona::python {
namespace {

struct Mapping {
  arrow::StatusCode code;
  PyObject** exception;
};

// What is not here is a RuntimeError.
const Mapping kMappings[] = {
    {arrow::StatusCode::Invalid, &PyExc_ValueError},
    {arrow::StatusCode::TypeError, &PyExc_TypeError},
    {arrow::StatusCode::IOError, &PyExc_OSError},
    {arrow::StatusCode::AlreadyExists, &PyExc_FileExistsError},
    {arrow::StatusCode::OutOfMemory, &PyExc_MemoryError},
    {arrow::StatusCode::CapacityError, &PyExc_ValueError},
    {arrow::StatusCode::IndexError, &PyExc_IndexError},
    {arrow::StatusCode::Cancelled, &PyExc_KeyboardInterrupt},
    {arrow::StatusCode::NotImplemented, &PyExc_NotImplementedError}};

[[noreturn]] void RaiseObject(const nb::object& exception) {
  PyErr_SetObject(exception.type().ptr(), exception.ptr());
  throw nb::python_error();
}

}  // namespace

void Raise(const Status& status, const std::string& what) {
  const std::string message =
      what.empty() ? status.message() : what + ": " + status.message();
  const nb::str text(
      PyUnicode_DecodeUTF8(message.data(), static_cast<Py_ssize_t>(message.size()),
                           "backslashreplace"),
      nb::detail::steal_t{});
  const nb::module_ ours = nb::module_::import_("pomona._errors");
  if (const auto reject = GetReject(status)) {
    RaiseObject(
        ours.attr("ImageError")(text, std::string(RejectStageName(reject->stage)).c_str(),
                                std::string(RejectCodeName(reject->code)).c_str()));
  }
  if (status.IsKeyError()) RaiseObject(ours.attr("NotFoundError")(text));
  if (const int number = arrow::internal::ErrnoFromStatus(status)) {
    // Python makes FileNotFoundError, PermissionError and so on of it.
    RaiseObject(nb::borrow(PyExc_OSError)(number, text));
  }
  PyObject* exception = PyExc_RuntimeError;
  for (const auto& mapping : kMappings) {
    if (mapping.code == status.code()) exception = *mapping.exception;
  }
  PyErr_SetObject(exception, text.ptr());
  throw nb::python_error();
}

}  // namespace pomona::python
