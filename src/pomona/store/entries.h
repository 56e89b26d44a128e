// SPDX-License-Identifier: Apache-2.0
// Named things sorted by their names' bytes, compactly: what a list file or an archive
// holds, a million of them in about 100 MB.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pomona::store {

class Entries {
 public:
  // `raw` may be any bytes; it sorts by what it is when foreign bytes are escaped.
  void Add(std::string_view raw, const std::optional<std::string>& label,
           int64_t offset = 0, int64_t size = 0);
  // Sorts by name; equal names stay in the order they were added.
  void Sort();

  size_t count() const { return spans_.size(); }
  std::string_view name(size_t i) const;  // escaped
  std::string_view raw(size_t i) const;
  bool valid_name(size_t i) const { return spans_[i].valid; }
  std::optional<std::string_view> label(size_t i) const;
  int64_t offset(size_t i) const { return spans_[i].offset; }
  int64_t size(size_t i) const { return spans_[i].size; }
  // The first entry with a name greater than `after` (sorted entries).
  size_t FirstAfter(std::string_view after) const;
  // The last entry of this name.
  std::optional<size_t> Find(std::string_view name) const;

 private:
  struct Span {
    size_t begin;
    int64_t offset;
    int64_t size;
    uint32_t name_size;
    int32_t label_size;  // -1: none; the label's bytes follow the name's
    bool valid;
  };
  std::string bytes_;
  std::vector<Span> spans_;
  std::map<size_t, std::string> raw_;  // of names that are not UTF-8, by `begin`
};

}  // namespace pomona::store
