// SPDX-License-Identifier: Apache-2.0
// Rows of numbers between C++ and Python: numpy arrays, and Arrow arrays by the C Data
// Interface. No copies, except where an Arrow stream has several chunks (each is a view).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include <arrow/type_fwd.h>
#include <nanobind/nanobind.h>

#include "pomona/base/status.h"

namespace pomona::python {

// n rows of dim numbers, all float or all double; `owner` keeps the memory alive.
struct RowsView {
  const float* floats = nullptr;
  const double* doubles = nullptr;
  int64_t n = 0;
  int64_t dim = 0;
  std::shared_ptr<void> owner;
};

// Views of `object`: a float32 or float64 numpy array of two dimensions (C order), or
// anything with __arrow_c_array__ or __arrow_c_stream__ of fixed_size_list<float|double>
// without nulls. Raises TypeError or ValueError for anything else. The owners must be
// released with the GIL held.
std::vector<RowsView> ViewRows(nanobind::handle object);

// n x dim float32 that numpy and Arrow both see: the class pomona.Rows.
class Rows {
 public:
  static Result<Rows> Make(int64_t n, int64_t dim);
  float* data();
  const float* data() const;
  int64_t n() const { return n_; }
  int64_t dim() const { return dim_; }
  // The same memory as fixed_size_list<float>[dim].
  Result<std::shared_ptr<arrow::Array>> ToArrow() const;

 private:
  std::shared_ptr<arrow::Buffer> buffer_;
  int64_t n_ = 0;
  int64_t dim_ = 0;
};

inline const nanobind::sig kArrowArraySignature{
    "def __arrow_c_array__(self, requested_schema: object | None = None) "
    "-> tuple[object, object]"};

// What an object with __arrow_c_array__ holds.
std::shared_ptr<arrow::Array> ImportArray(nanobind::handle object);

// (schema, array) capsules, as __arrow_c_array__ gives them.
nanobind::tuple ExportArray(const arrow::Array& array);

}  // namespace pomona::python
