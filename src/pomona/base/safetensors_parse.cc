// SPDX-License-Identifier: Apache-2.0
// The header is read by a SAX handler that accepts exactly the format's grammar: depth
// and memory are bounded by it, and the first foreign token ends the parse.
#include <algorithm>
#include <cstring>
#include <optional>

#include <nlohmann/json.hpp>

#include "pomona/base/safetensors.h"

namespace pomona {
namespace {

using Json = nlohmann::json;

constexpr uint64_t kMaxHeader = 100'000'000;  // the format's own limit

struct Entry {
  std::string name;
  std::optional<std::string> dtype;
  std::optional<std::vector<uint64_t>> shape;
  std::optional<std::vector<uint64_t>> offsets;
};

class HeaderReader final : public nlohmann::json_sax<Json> {
 public:
  std::vector<Entry> entries;
  std::map<std::string, std::string> metadata;
  std::string error;

  bool start_object(std::size_t) override {
    if (state_ == State::kStart) return To(State::kRoot);
    if (state_ != State::kValue) return Fail("an object where none may be");
    if (key_ == "__metadata__") return To(State::kMetadata);
    entries.push_back({key_, {}, {}, {}});
    return To(State::kTensor);
  }
  bool end_object() override {
    switch (state_) {
      case State::kRoot:
        return To(State::kEnd);
      case State::kMetadata:
      case State::kTensor:
        return To(State::kRoot);
      default:
        return Fail("an object ends too early");
    }
  }
  bool key(string_t& text) override {
    if (state_ == State::kRoot) {
      key_ = text;
      return To(State::kValue);
    }
    field_ = text;
    return To(state_ == State::kMetadata ? State::kMetadataValue : State::kField);
  }
  bool string(string_t& text) override {
    if (state_ == State::kMetadataValue) {
      if (!metadata.emplace(field_, text).second) return Fail("a key comes twice");
      return To(State::kMetadata);
    }
    if (state_ != State::kField || field_ != "dtype" || entries.back().dtype) {
      return Fail("a text where none may be");
    }
    entries.back().dtype = text;
    return To(State::kTensor);
  }
  bool start_array(std::size_t) override {
    if (state_ != State::kField) return Fail("an array where none may be");
    std::optional<std::vector<uint64_t>>* list = List();
    if (list == nullptr || list->has_value()) return Fail("unexpected or repeated field");
    list->emplace();
    return To(State::kArray);
  }
  bool end_array() override { return To(State::kTensor); }
  bool number_unsigned(number_unsigned_t value) override {
    if (state_ != State::kArray) return Fail("a number where none may be");
    (*List())->push_back(value);
    return true;
  }
  bool null() override { return Fail("null where none may be"); }
  bool boolean(bool) override { return Fail("a boolean where none may be"); }
  bool number_integer(number_integer_t) override { return Fail("a negative number"); }
  bool number_float(number_float_t, const string_t&) override {
    return Fail("a number that is not whole");
  }
  bool binary(binary_t&) override { return Fail("binary data"); }
  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception&) override {
    return Fail("bad JSON at byte " + std::to_string(position));
  }

 private:
  enum class State {
    kStart,
    kRoot,
    kValue,
    kMetadata,
    kMetadataValue,
    kTensor,
    kField,
    kArray,
    kEnd
  };

  bool To(State next) {
    state_ = next;
    return true;
  }
  bool Fail(const std::string& why) {
    if (error.empty()) error = why;
    return false;
  }
  std::optional<std::vector<uint64_t>>* List() {
    if (field_ == "shape") return &entries.back().shape;
    if (field_ == "data_offsets") return &entries.back().offsets;
    return nullptr;
  }

  State state_ = State::kStart;
  std::string key_;
  std::string field_;
};

// The number of bytes that dtype and shape need, or nullopt when it does not fit.
std::optional<uint64_t> NeededBytes(const Entry& entry) {
  uint64_t bytes = static_cast<uint64_t>(SafetensorsDtypeSize(*entry.dtype));
  for (uint64_t dim : *entry.shape) {
    if (__builtin_mul_overflow(bytes, dim, &bytes) || bytes > INT64_MAX ||
        dim > INT64_MAX) {
      return std::nullopt;
    }
  }
  return bytes;
}

Status CheckEntry(const Entry& entry, uint64_t data_size) {
  const auto invalid = [&entry](const auto&... why) {
    return Status::Invalid("tensor '", entry.name, "': ", why...);
  };
  if (!entry.dtype) return invalid("no dtype");
  if (!entry.shape) return invalid("no shape");
  if (!entry.offsets || entry.offsets->size() != 2) return invalid("no data_offsets");
  if (SafetensorsDtypeSize(*entry.dtype) == 0) {
    return invalid("unknown dtype '", *entry.dtype, "'");
  }
  const uint64_t begin = (*entry.offsets)[0];
  const uint64_t end = (*entry.offsets)[1];
  if (begin > end) return invalid("data_offsets run backwards");
  if (end > data_size) {
    return invalid("its data end at byte ", end, ", but the file holds ", data_size,
                   " bytes of data (cut short?)");
  }
  const std::optional<uint64_t> needed = NeededBytes(entry);
  if (!needed || *needed != end - begin) {
    return invalid("dtype and shape do not fit its ", end - begin, " bytes");
  }
  return Status::OK();
}

Status CheckNoHoles(const std::vector<Entry>& entries, uint64_t data_size) {
  struct Span {
    uint64_t begin, end;
    const Entry* entry;
  };
  std::vector<Span> spans;
  spans.reserve(entries.size());
  for (const Entry& e : entries) spans.push_back({(*e.offsets)[0], (*e.offsets)[1], &e});
  std::sort(spans.begin(), spans.end(), [](const Span& a, const Span& b) {
    return a.begin != b.begin ? a.begin < b.begin : a.end < b.end;
  });
  uint64_t end = 0;
  for (const Span& span : spans) {
    if (span.begin != end) {
      return Status::Invalid("tensor '", span.entry->name,
                             "': a hole or an overlap before it");
    }
    end = span.end;
  }
  if (end != data_size) {
    return Status::Invalid("the tensors end at byte ", end, " of ", data_size);
  }
  return Status::OK();
}

}  // namespace

Result<Safetensors> ParseSafetensors(std::string_view file) {
  uint64_t length = 0;
  if (file.size() < sizeof(length)) return Status::Invalid("too short for safetensors");
  std::memcpy(&length, file.data(), sizeof(length));
  file.remove_prefix(sizeof(length));
  if (length > kMaxHeader) return Status::Invalid("not safetensors: header too long");
  if (length > file.size()) {
    return Status::Invalid("cut short: a header of ", length, " bytes needed, ",
                           file.size(), " found");
  }
  const std::string_view header = file.substr(0, length);
  const std::string_view data = file.substr(length);
  if (!header.starts_with('{')) return Status::Invalid("not safetensors: no header");

  HeaderReader reader;
  if (!Json::sax_parse(header.begin(), header.end(), &reader)) {
    return Status::Invalid("bad safetensors header: ", reader.error);
  }
  for (const Entry& entry : reader.entries) {
    ARROW_RETURN_NOT_OK(CheckEntry(entry, data.size()));
  }
  ARROW_RETURN_NOT_OK(CheckNoHoles(reader.entries, data.size()));

  Safetensors content;
  content.metadata = std::move(reader.metadata);
  for (Entry& entry : reader.entries) {
    TensorView view;
    view.dtype = *entry.dtype;
    view.shape.assign(entry.shape->begin(), entry.shape->end());
    const auto& offsets = *entry.offsets;
    view.data = data.substr(offsets[0], offsets[1] - offsets[0]);
    if (!content.tensors.emplace(entry.name, std::move(view)).second) {
      return Status::Invalid("tensor '", entry.name, "' comes twice");
    }
  }
  return content;
}

}  // namespace pomona
