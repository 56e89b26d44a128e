// SPDX-License-Identifier: Apache-2.0
// Listings and encoded pictures as Arrow structs, for Python.
#pragma once

#include <memory>
#include <vector>

#include <arrow/array/builder_binary.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/type.h>

#include "pomona/base/status.h"
#include "pomona/store/image_source.h"

namespace pomona::python {

// path, size, mtime, label, locator, valid_name, etag.
class ListingBuilder {
 public:
  Status Append(const store::ListedImage& image);
  Result<std::shared_ptr<arrow::Array>> Finish();

 private:
  arrow::StringBuilder path_, etag_;
  arrow::Int64Builder size_, locator_;
  arrow::TimestampBuilder mtime_{arrow::timestamp(arrow::TimeUnit::NANO, "UTC"),
                                 arrow::default_memory_pool()};
  arrow::LargeStringBuilder label_;
  arrow::BooleanBuilder valid_name_;
};

// The reverse. Invalid, naming the column, when `array` is not what ListingBuilder made.
Result<std::vector<store::ListedImage>> ListedImages(const arrow::Array& array);

// content, stage, code, message: bytes, or the reject that stands for them.
class PictureBuilder {
 public:
  // An error that is no reject is returned.
  Status Append(const Result<std::shared_ptr<arrow::Buffer>>& bytes);
  Result<std::shared_ptr<arrow::Array>> Finish();

 private:
  arrow::BinaryBuilder content_;
  arrow::StringBuilder stage_, code_, message_;
};

}  // namespace pomona::python
