// SPDX-License-Identifier: Apache-2.0
#include "pomona/store/entries.h"

#include <algorithm>

#include "pomona/store/utf8.h"

namespace pomona::store {

void Entries::Add(std::string_view raw, const std::optional<std::string>& label,
                  int64_t offset, int64_t size) {
  const bool valid = IsUtf8(raw);
  const std::string escaped = valid ? std::string() : EscapeInvalidUtf8(raw);
  const std::string_view name = valid ? raw : std::string_view(escaped);
  const int32_t label_size = label ? static_cast<int32_t>(label->size()) : -1;
  spans_.push_back({bytes_.size(), offset, size, static_cast<uint32_t>(name.size()),
                    label_size, valid});
  if (!valid) raw_.emplace(bytes_.size(), raw);
  bytes_ += name;
  if (label) bytes_ += *label;
}

void Entries::Sort() {
  const auto name = [&](const Span& span) {
    return std::string_view(bytes_).substr(span.begin, span.name_size);
  };
  // `begin` rises with every Add, so that this order is total and stable.
  std::sort(spans_.begin(), spans_.end(), [&](const Span& a, const Span& b) {
    const int order = name(a).compare(name(b));
    return order != 0 ? order < 0 : a.begin < b.begin;
  });
}

std::string_view Entries::name(size_t i) const {
  return std::string_view(bytes_).substr(spans_[i].begin, spans_[i].name_size);
}

std::string_view Entries::raw(size_t i) const {
  return valid_name(i) ? name(i) : std::string_view(raw_.at(spans_[i].begin));
}

std::optional<std::string_view> Entries::label(size_t i) const {
  const Span& span = spans_[i];
  if (span.label_size < 0) return std::nullopt;
  return std::string_view(bytes_).substr(span.begin + span.name_size,
                                         static_cast<size_t>(span.label_size));
}

size_t Entries::FirstAfter(std::string_view after) const {
  size_t low = 0;
  size_t high = count();
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    if (name(middle) > after) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return after.empty() ? 0 : low;
}

std::optional<size_t> Entries::Find(std::string_view wanted) const {
  const size_t next = FirstAfter(wanted);
  if (next == 0 || name(next - 1) != wanted) return std::nullopt;
  return next - 1;
}

}  // namespace pomona::store
