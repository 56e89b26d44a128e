// SPDX-License-Identifier: Apache-2.0
#include "pomona/table/zip.h"

#include <zlib.h>

#include <algorithm>

#include <arrow/buffer.h>
#include <arrow/io/interfaces.h>

namespace pomona::table {
namespace {

// `bytes` low bytes of `value`, least first.
void Put(int bytes, uint64_t value, std::string* out) {
  for (int i = 0; i < bytes; ++i) *out += static_cast<char>(value >> (8 * i));
}

uint32_t Crc(uint32_t crc, std::string_view bytes) {
  while (!bytes.empty()) {  // zlib counts in 32 bits
    const auto part = bytes.substr(0, size_t{1} << 30);
    crc = static_cast<uint32_t>(crc32(crc, reinterpret_cast<const Bytef*>(part.data()),
                                      static_cast<uInt>(part.size())));
    bytes.remove_prefix(part.size());
  }
  return crc;
}

constexpr uint64_t kMidnight1980 = 0x0021;  // DOS date: 1 January 1980
constexpr uint32_t kAll32 = 0xFFFFFFFF;

}  // namespace

Status ZipWriter::Write(std::string_view bytes) {
  position_ += static_cast<int64_t>(bytes.size());
  return out_->Write(bytes.data(), static_cast<int64_t>(bytes.size()));
}

// APPNOTE 4.3.7 (before the file) and 4.3.12 (in the directory).
std::string ZipWriter::Header(const Entry& entry, bool in_directory) const {
  const bool large_size = Large(entry.size);
  const bool large_offset = in_directory && Large(entry.offset);
  std::string extra;
  if (large_size || large_offset) {
    Put(2, 1, &extra);
    Put(2, (large_size ? 16U : 0U) + (large_offset ? 8U : 0U), &extra);
    if (large_size) Put(8, static_cast<uint64_t>(entry.size), &extra);
    if (large_size) Put(8, static_cast<uint64_t>(entry.size), &extra);
    if (large_offset) Put(8, static_cast<uint64_t>(entry.offset), &extra);
  }
  const uint64_t version = extra.empty() ? 20 : 45;
  const uint64_t size = large_size ? kAll32 : static_cast<uint64_t>(entry.size);
  std::string out = in_directory ? "PK\x01\x02" : "PK\x03\x04";
  if (in_directory) Put(2, version, &out);
  Put(2, version, &out);
  Put(2, 0, &out);  // flags
  Put(2, 0, &out);  // method: stored
  Put(2, 0, &out);  // time
  Put(2, kMidnight1980, &out);
  Put(4, entry.crc, &out);
  Put(4, size, &out);
  Put(4, size, &out);
  Put(2, entry.name.size(), &out);
  Put(2, extra.size(), &out);
  if (in_directory) {
    Put(6, 0, &out);  // comment length, disk, internal attributes
    Put(4, 0, &out);  // external attributes
    Put(4, large_offset ? kAll32 : static_cast<uint64_t>(entry.offset), &out);
  }
  return out + entry.name + extra;
}

Status ZipWriter::Add(const std::string& name,
                      const std::function<Status(const Sink&)>& write) {
  Entry entry{name, 0, 0, position_};
  ARROW_RETURN_NOT_OK(write([&](std::string_view bytes) {
    entry.crc = Crc(entry.crc, bytes);
    entry.size += static_cast<int64_t>(bytes.size());
    return Status::OK();
  }));
  ARROW_RETURN_NOT_OK(Write(Header(entry, false)));
  const int64_t begin = position_;
  ARROW_RETURN_NOT_OK(write([&](std::string_view bytes) { return Write(bytes); }));
  if (position_ - begin != entry.size) {
    return Status::Invalid("zip entry ", name, " changed its size");
  }
  entries_.push_back(std::move(entry));
  return Status::OK();
}

Status ZipWriter::Finish() {
  const int64_t begin = position_;
  for (const auto& entry : entries_) ARROW_RETURN_NOT_OK(Write(Header(entry, true)));
  const int64_t size = position_ - begin;
  const auto count = static_cast<uint64_t>(entries_.size());
  std::string end;
  if (Large(begin) || Large(size)) {  // 4.3.14, 4.3.15
    const int64_t record = position_;
    end += "PK\x06\x06";
    Put(8, 44, &end);
    Put(2, 45, &end);
    Put(2, 45, &end);
    Put(8, 0, &end);  // disks
    Put(8, count, &end);
    Put(8, count, &end);
    Put(8, static_cast<uint64_t>(size), &end);
    Put(8, static_cast<uint64_t>(begin), &end);
    end += "PK\x06\x07";
    Put(4, 0, &end);
    Put(8, static_cast<uint64_t>(record), &end);
    Put(4, 1, &end);
  }
  end += "PK\x05\x06";  // 4.3.16
  Put(4, 0, &end);
  Put(2, count, &end);
  Put(2, count, &end);
  Put(4, Large(size) ? kAll32 : static_cast<uint64_t>(size), &end);
  Put(4, Large(begin) ? kAll32 : static_cast<uint64_t>(begin), &end);
  Put(2, 0, &end);
  return Write(end);
}

}  // namespace pomona::table
