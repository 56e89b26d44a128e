// SPDX-License-Identifier: Apache-2.0
#include "pomona/model/protobuf.h"

namespace pomona::model {
namespace {

void PutVarint(uint64_t value, std::string* out) {
  for (; value >= 0x80; value >>= 7) *out += static_cast<char>(value | 0x80);
  *out += static_cast<char>(value);
}

void PutTag(uint64_t number, uint64_t wire_type, std::string* out) {
  PutVarint(number << 3 | wire_type, out);
}

}  // namespace

std::optional<Field> Message::Next() {
  if (rest_.empty() || broken_) return std::nullopt;
  const std::string_view from = rest_;
  Field field;
  uint64_t tag = 0;
  if (!Varint(&tag) || tag >> 3 == 0) return Break();
  field.number = tag >> 3;
  bool whole = false;
  switch (tag & 7) {
    case 0:
      whole = Varint(&field.varint);
      break;
    case 1:
      whole = Skip(8);
      break;
    case 2: {
      uint64_t length = 0;
      if (!Varint(&length) || length > rest_.size()) return Break();
      field.is_bytes = true;
      field.bytes = rest_.substr(0, length);
      whole = Skip(length);
      break;
    }
    case 5:
      whole = Skip(4);
      break;
    default:
      break;
  }
  if (!whole) return Break();
  field.raw = from.substr(0, from.size() - rest_.size());
  return field;
}

bool Message::Varint(uint64_t* value) {
  *value = 0;
  for (int shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
    const auto byte = static_cast<uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    *value |= static_cast<uint64_t>(byte & 0x7FU) << shift;
    if (byte < 0x80) return true;
  }
  return false;
}

std::optional<Field> Message::Break() {
  broken_ = true;
  return std::nullopt;
}

bool Message::Skip(size_t bytes) {
  if (rest_.size() < bytes) return false;
  rest_.remove_prefix(bytes);
  return true;
}

MessageWriter& MessageWriter::Int(uint64_t number, int64_t value) {
  PutTag(number, 0, &bytes_);
  PutVarint(static_cast<uint64_t>(value), &bytes_);
  return *this;
}

MessageWriter& MessageWriter::Bytes(uint64_t number, std::string_view value) {
  PutTag(number, 2, &bytes_);
  PutVarint(value.size(), &bytes_);
  bytes_ += value;
  return *this;
}

MessageWriter& MessageWriter::Packed(uint64_t number,
                                     const std::vector<int64_t>& values) {
  std::string packed;
  for (const int64_t value : values) PutVarint(static_cast<uint64_t>(value), &packed);
  return Bytes(number, packed);
}

MessageWriter& MessageWriter::Raw(std::string_view field) {
  bytes_ += field;
  return *this;
}

}  // namespace pomona::model
