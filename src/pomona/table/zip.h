// SPDX-License-Identifier: Apache-2.0
// A zip archive of stored (not compressed) files, for NPZ. Times are fixed (1980), so
// that equal content gives equal bytes.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <arrow/io/type_fwd.h>

#include "pomona/base/status.h"

namespace pomona::table {

class ZipWriter {
 public:
  using Sink = std::function<Status(std::string_view)>;

  // Sizes and offsets from `zip64_at` on use the 64-bit fields (PKWARE APPNOTE 4.5.3).
  explicit ZipWriter(arrow::io::OutputStream* out, int64_t zip64_at = 0xFFFFFFFF)
      : out_(out), zip64_at_(zip64_at) {}

  // Adds a file. `write` gives its bytes to a sink; it is called twice (the checksum
  // stands before the bytes) and must give the same both times.
  Status Add(const std::string& name, const std::function<Status(const Sink&)>& write);
  // Writes the directory, last.
  Status Finish();

 private:
  struct Entry {
    std::string name;
    uint32_t crc = 0;
    int64_t size = 0;
    int64_t offset = 0;
  };
  Status Write(std::string_view bytes);
  bool Large(int64_t value) const { return value >= zip64_at_; }
  std::string Header(const Entry& entry, bool in_directory) const;

  arrow::io::OutputStream* out_;
  int64_t zip64_at_;
  int64_t position_ = 0;
  std::vector<Entry> entries_;
};

}  // namespace pomona::table
