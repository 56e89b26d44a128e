// SPDX-License-Identifier: Apache-2.0
// The wire format of protobuf (protobuf.dev, "Encoding"), as far as ONNX files need it: a
// walk through the fields of a message, and messages written field by field. Inside
// model/.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pomona::model {

struct Field {
  uint64_t number = 0;
  uint64_t varint = 0;     // wire type 0
  std::string_view bytes;  // wire type 2
  bool is_bytes = false;
  std::string_view raw;  // the whole field with its tag, to be copied
};

// Walks the fields of one message. After the last field, or at broken bytes, Next gives
// nullopt; broken() tells which.
class Message {
 public:
  explicit Message(std::string_view bytes) : rest_(bytes) {}
  bool broken() const { return broken_; }
  bool empty() const { return rest_.empty(); }

  std::optional<Field> Next();
  // A number of a packed field.
  bool Varint(uint64_t* value);

 private:
  std::optional<Field> Break();
  bool Skip(size_t bytes);

  std::string_view rest_;
  bool broken_ = false;
};

// A message being written.
class MessageWriter {
 public:
  MessageWriter& Int(uint64_t number, int64_t value);
  MessageWriter& Bytes(uint64_t number, std::string_view value);
  MessageWriter& Packed(uint64_t number, const std::vector<int64_t>& values);
  // A field of another message as it is.
  MessageWriter& Raw(std::string_view field);
  const std::string& bytes() const { return bytes_; }
  std::string Take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

}  // namespace pomona::model
