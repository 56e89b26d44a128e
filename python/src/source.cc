// SPDX-License-Identifier: Apache-2.0
#include <limits>

#include <arrow/array/array_nested.h>
#include <arrow/array/builder_binary.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/buffer.h>
#include <arrow/type.h>
#include <arrow/util/future.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>

#include "pomona/store/image_source.h"

#include "bind.h"
#include "errors.h"
#include "rows.h"

namespace nb = nanobind;
using namespace nb::literals;

namespace pomona::python {
namespace {

struct ListingBuilder {
  arrow::StringBuilder path;
  arrow::Int64Builder size;
  arrow::TimestampBuilder mtime{arrow::timestamp(arrow::TimeUnit::NANO, "UTC"),
                                arrow::default_memory_pool()};
  arrow::LargeStringBuilder label;

  Status Append(const store::ListedImage& image) {
    ARROW_RETURN_NOT_OK(path.Append(image.path));
    ARROW_RETURN_NOT_OK(size.Append(image.size));
    ARROW_RETURN_NOT_OK(image.mtime_ns == 0 ? mtime.AppendNull()
                                            : mtime.Append(image.mtime_ns));
    return image.label ? label.Append(*image.label) : label.AppendNull();
  }

  Result<std::shared_ptr<arrow::Array>> Finish() {
    ARROW_ASSIGN_OR_RAISE(auto paths, path.Finish());
    ARROW_ASSIGN_OR_RAISE(auto sizes, size.Finish());
    ARROW_ASSIGN_OR_RAISE(auto times, mtime.Finish());
    ARROW_ASSIGN_OR_RAISE(auto labels, label.Finish());
    return arrow::StructArray::Make(
        {paths, sizes, times, labels},
        std::vector<std::string>{"path", "size", "mtime", "label"});
  }
};

// Ends a listing that has what it needs; told from real errors by its code and text.
constexpr char kEnough[] = "enough";

Result<std::shared_ptr<arrow::Array>> ListSource(const std::string& uri,
                                                 const store::SourceOptions& options,
                                                 int64_t limit) {
  ARROW_ASSIGN_OR_RAISE(auto source, store::OpenImageSource(uri, options));
  ListingBuilder builder;
  int64_t listed = 0;
  const auto visit = [&](const store::ListedImage& image) -> Status {
    if (listed == limit) return Status::Cancelled(kEnough);
    ++listed;
    return builder.Append(image);
  };
  const auto skipped = source->List("", visit);
  if (!skipped.ok() && listed < limit) return skipped.status();
  return builder.Finish();
}

// A struct array on its way to pyarrow.
struct ArrowHolder {
  std::shared_ptr<arrow::Array> array;
};

ArrowHolder ListImages(const std::string& src, const std::string& label_from,
                       bool all_files, const std::string& image_column,
                       std::optional<int64_t> limit) {
  if (limit && *limit < 0)
    Raise(Status::Invalid("limit is ", *limit, "; it must be 0 or more"));
  Result<std::shared_ptr<arrow::Array>> listed(nullptr);
  {
    nb::gil_scoped_release release;
    listed = ListSource(src, {label_from, all_files, image_column},
                        limit.value_or(std::numeric_limits<int64_t>::max()));
  }
  return {Unwrap(std::move(listed))};
}

}  // namespace

void BindSource(nb::module_& m) {
  nb::class_<ArrowHolder>(m, "ArrowHolder", "An Arrow array for pyarrow.")
      .def(
          "__arrow_c_array__",
          [](const ArrowHolder& holder, nb::handle) {
            return ExportArray(*holder.array);
          },
          nb::arg("requested_schema") = nb::none(), kArrowArraySignature);
  m.def("list_images", &ListImages, "src"_a, nb::kw_only(), "label_from"_a = "dir",
        "all_files"_a = false, "image_column"_a = "", "limit"_a = nb::none());
}

}  // namespace pomona::python
