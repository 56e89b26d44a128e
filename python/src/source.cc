// SPDX-License-Identifier: Apache-2.0
#include "source.h"

#include <limits>
#include <memory>
#include <set>
#include <vector>

#include <arrow/array/array_nested.h>
#include <arrow/buffer.h>
#include <arrow/util/future.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/set.h>
#include <nanobind/stl/string.h>

#include "pomona/base/reject.h"
#include "pomona/store/image_source.h"

#include "bind.h"
#include "errors.h"
#include "rows.h"

namespace nb = nanobind;
using namespace nb::literals;

namespace pomona::python {
namespace {

// A struct array on its way to pyarrow.
struct ArrowHolder {
  std::shared_ptr<arrow::Array> array;
};

using Labels = std::optional<std::set<std::string>>;
using SourcePtr = std::shared_ptr<store::ImageSource>;

// Ends a listing that has what it needs; told from real errors by its code and text.
constexpr char kEnough[] = "enough";

Result<std::shared_ptr<arrow::Array>> ListSource(store::ImageSource* source,
                                                 const Labels& labels, int64_t limit) {
  ListingBuilder builder;
  int64_t listed = 0;
  const auto visit = [&](const store::ListedImage& image) -> Status {
    if (labels && !(image.label && labels->contains(*image.label))) return Status::OK();
    if (listed == limit) return Status::Cancelled(kEnough);
    ++listed;
    return builder.Append(image);
  };
  const auto skipped = source->List("", visit);
  if (!skipped.ok() && listed < limit) return skipped.status();
  return builder.Finish();
}

// All pictures of the list are asked for at once; what they are comes in its order.
Result<std::shared_ptr<arrow::Array>> ReadSource(
    store::ImageSource* source, const std::vector<store::ListedImage>& images) {
  std::vector<arrow::Future<std::shared_ptr<arrow::Buffer>>> reads;
  for (const auto& image : images) reads.push_back(source->Read(image));
  PictureBuilder builder;
  Status failed;
  for (const auto& read : reads) {
    const auto& bytes = read.result();  // every one is waited for, also after an error
    if (failed.ok()) failed = builder.Append(bytes);
  }
  ARROW_RETURN_NOT_OK(failed);
  return builder.Finish();
}

SourcePtr Open(const std::string& src, const store::SourceOptions& options) {
  Result<std::unique_ptr<store::ImageSource>> source(nullptr);
  {
    nb::gil_scoped_release release;
    source = store::OpenImageSource(src, options);
  }
  return Unwrap(std::move(source));
}

ArrowHolder List(const SourcePtr& source, const Labels& labels,
                 std::optional<int64_t> limit) {
  if (limit && *limit < 0)
    Raise(Status::Invalid("limit is ", *limit, "; it must be 0 or more"));
  Result<std::shared_ptr<arrow::Array>> listed(nullptr);
  {
    nb::gil_scoped_release release;
    listed = ListSource(source.get(), labels,
                        limit.value_or(std::numeric_limits<int64_t>::max()));
  }
  return {Unwrap(std::move(listed))};
}

ArrowHolder Read(const SourcePtr& source, nb::object listing) {
  const auto array = ImportArray(listing);
  Result<std::shared_ptr<arrow::Array>> read(nullptr);
  {
    nb::gil_scoped_release release;
    const auto images = ListedImages(*array);
    read = images.ok() ? ReadSource(source.get(), *images) : images.status();
  }
  return {Unwrap(std::move(read))};
}

struct Source {
  SourcePtr source;
};

}  // namespace

void BindSource(nb::module_& m) {
  nb::class_<ArrowHolder>(m, "ArrowHolder", "An Arrow array for pyarrow.")
      .def(
          "__arrow_c_array__",
          [](const ArrowHolder& holder, nb::handle) {
            return ExportArray(*holder.array);
          },
          nb::arg("requested_schema") = nb::none(), kArrowArraySignature);
  nb::class_<Source>(m, "Source", "Pictures at a place: listed, and read.")
      .def(
          "__init__",
          [](Source* self, const std::string& src, const std::string& label_from,
             bool all_files, const std::string& image_column, bool listed) {
            new (self) Source{Open(src, {label_from, all_files, image_column, listed})};
          },
          "src"_a, nb::kw_only(), "label_from"_a = "dir", "all_files"_a = false,
          "image_column"_a = "", "listed"_a = false,
          "listed: pictures of an earlier listing are read, and nothing else; an archive "
          "is not read through first.")
      .def(
          "list",
          [](const Source& self, const Labels& labels, std::optional<int64_t> limit) {
            return List(self.source, labels, limit);
          },
          nb::kw_only(), "labels"_a = nb::none(), "limit"_a = nb::none(),
          "The listing in a run's order: path, size, mtime, label, locator, valid_name, "
          "etag.")
      .def(
          "read",
          [](const Source& self, nb::object listing) {
            return Read(self.source, std::move(listing));
          },
          "listing"_a,
          "content of each picture listed, or null with the reject: stage, code, "
          "message.");
}

}  // namespace pomona::python
