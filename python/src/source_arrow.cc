// SPDX-License-Identifier: Apache-2.0
#include <string>

#include <arrow/array.h>
#include <arrow/buffer.h>

#include "pomona/base/reject.h"

#include "source.h"

namespace pomona::python {
namespace {

using ArrayPtr = std::shared_ptr<arrow::Array>;

template <typename Builder, typename T>
Status AppendOrNull(Builder* builder, const std::optional<T>& value) {
  return value ? builder->Append(*value) : builder->AppendNull();
}

template <typename Array>
Result<std::shared_ptr<Array>> Column(const arrow::StructArray& listing,
                                      const char* name) {
  auto column = std::dynamic_pointer_cast<Array>(listing.GetFieldByName(name));
  if (!column)
    return Status::Invalid("the listing's column ", name, " is missing or odd");
  return column;
}

template <typename Array>
std::optional<std::string> Text(const Array& column, int64_t i) {
  if (column.IsNull(i)) return std::nullopt;
  return column.GetString(i);
}

Result<ArrayPtr> Struct(std::vector<Result<ArrayPtr>> columns,
                        const std::vector<std::string>& names) {
  std::vector<ArrayPtr> made;
  for (auto& column : columns) {
    ARROW_RETURN_NOT_OK(column.status());
    made.push_back(*std::move(column));
  }
  return arrow::StructArray::Make(made, names);
}

}  // namespace

Status ListingBuilder::Append(const store::ListedImage& image) {
  ARROW_RETURN_NOT_OK(path_.Append(image.path));
  ARROW_RETURN_NOT_OK(size_.Append(image.size));
  ARROW_RETURN_NOT_OK(image.mtime_ns == 0 ? mtime_.AppendNull()
                                          : mtime_.Append(image.mtime_ns));
  ARROW_RETURN_NOT_OK(AppendOrNull(&label_, image.label));
  ARROW_RETURN_NOT_OK(locator_.Append(image.locator));
  ARROW_RETURN_NOT_OK(valid_name_.Append(image.valid_name));
  return AppendOrNull(&etag_, image.etag);
}

Result<ArrayPtr> ListingBuilder::Finish() {
  return Struct({path_.Finish(), size_.Finish(), mtime_.Finish(), label_.Finish(),
                 locator_.Finish(), valid_name_.Finish(), etag_.Finish()},
                {"path", "size", "mtime", "label", "locator", "valid_name", "etag"});
}

Result<std::vector<store::ListedImage>> ListedImages(const arrow::Array& array) {
  const auto* listing = dynamic_cast<const arrow::StructArray*>(&array);
  if (listing == nullptr) return Status::Invalid("a listing is a table, not an array");
  ARROW_ASSIGN_OR_RAISE(const auto path, Column<arrow::StringArray>(*listing, "path"));
  ARROW_ASSIGN_OR_RAISE(const auto size, Column<arrow::Int64Array>(*listing, "size"));
  ARROW_ASSIGN_OR_RAISE(const auto mtime,
                        Column<arrow::TimestampArray>(*listing, "mtime"));
  ARROW_ASSIGN_OR_RAISE(const auto label,
                        Column<arrow::LargeStringArray>(*listing, "label"));
  ARROW_ASSIGN_OR_RAISE(const auto locator,
                        Column<arrow::Int64Array>(*listing, "locator"));
  ARROW_ASSIGN_OR_RAISE(const auto valid_name,
                        Column<arrow::BooleanArray>(*listing, "valid_name"));
  ARROW_ASSIGN_OR_RAISE(const auto etag, Column<arrow::StringArray>(*listing, "etag"));
  std::vector<store::ListedImage> images(static_cast<size_t>(array.length()));
  for (int64_t i = 0; i < array.length(); ++i) {
    auto& image = images[static_cast<size_t>(i)];
    image.path = path->GetString(i);
    image.size = size->Value(i);
    image.mtime_ns = mtime->IsNull(i) ? 0 : mtime->Value(i);
    image.label = Text(*label, i);
    image.locator = locator->Value(i);
    image.valid_name = valid_name->Value(i);
    image.etag = Text(*etag, i);
  }
  return images;
}

Status PictureBuilder::Append(const Result<std::shared_ptr<arrow::Buffer>>& bytes) {
  if (bytes.ok()) {
    ARROW_RETURN_NOT_OK(
        content_.Append((*bytes)->data(), static_cast<int32_t>((*bytes)->size())));
    ARROW_RETURN_NOT_OK(stage_.AppendNull());
    ARROW_RETURN_NOT_OK(code_.AppendNull());
    return message_.AppendNull();
  }
  const auto reject = GetReject(bytes.status());
  if (!reject) return bytes.status();
  ARROW_RETURN_NOT_OK(content_.AppendNull());
  ARROW_RETURN_NOT_OK(stage_.Append(RejectStageName(reject->stage)));
  ARROW_RETURN_NOT_OK(code_.Append(RejectCodeName(reject->code)));
  return message_.Append(bytes.status().message());
}

Result<ArrayPtr> PictureBuilder::Finish() {
  return Struct({content_.Finish(), stage_.Finish(), code_.Finish(), message_.Finish()},
                {"content", "stage", "code", "message"});
}

}  // namespace pomona::python
