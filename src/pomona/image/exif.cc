// SPDX-License-Identifier: Apache-2.0
#include "pomona/image/exif.h"

#include <algorithm>
#include <string_view>

namespace pomona::image {
namespace {

constexpr uint32_t kOrientationTag = 0x0112;
constexpr size_t kEntrySize = 12;

// Reads numbers in the block's byte order; past the end everything is 0.
class TiffReader {
 public:
  explicit TiffReader(std::span<const uint8_t> tiff) : tiff_(tiff) {}

  bool ReadByteOrder() {
    if (tiff_.size() < 8) return false;
    big_endian_ = tiff_[0] == 'M';
    return (tiff_[0] == 'M' || tiff_[0] == 'I') && tiff_[1] == tiff_[0] && U16(2) == 42;
  }
  uint32_t U8(size_t at) const { return at < tiff_.size() ? tiff_[at] : 0; }
  uint32_t U16(size_t at) const {
    return big_endian_ ? U8(at) << 8 | U8(at + 1) : U8(at + 1) << 8 | U8(at);
  }
  uint32_t U32(size_t at) const {
    return big_endian_ ? U16(at) << 16 | U16(at + 2) : U16(at + 2) << 16 | U16(at);
  }
  // How many whole entries of a directory at `at` there can be.
  size_t EntriesAt(size_t at) const {
    if (at + 2 > tiff_.size()) return 0;
    return std::min<size_t>(U16(at), (tiff_.size() - at - 2) / kEntrySize);
  }

 private:
  std::span<const uint8_t> tiff_;
  bool big_endian_ = false;
};

// The value of an entry that holds one BYTE, SHORT or LONG; 0 for any other.
uint32_t SmallValue(const TiffReader& reader, size_t entry) {
  if (reader.U32(entry + 4) != 1) return 0;
  switch (reader.U16(entry + 2)) {
    case 1:
      return reader.U8(entry + 8);
    case 3:
      return reader.U16(entry + 8);
    case 4:
      return reader.U32(entry + 8);
    default:
      return 0;
  }
}

}  // namespace

int ParseExifOrientation(std::span<const uint8_t> tiff) {
  TiffReader reader(tiff);
  if (!reader.ReadByteOrder()) return 1;
  const size_t directory = reader.U32(4);
  const size_t entries = reader.EntriesAt(directory);
  uint32_t found = 1;
  for (size_t i = 0; i < entries; ++i) {
    const size_t entry = directory + 2 + i * kEntrySize;
    if (reader.U16(entry) == kOrientationTag) found = SmallValue(reader, entry);
  }
  return found >= 1 && found <= 8 ? static_cast<int>(found) : 1;
}

int ParseExifBlock(std::span<const uint8_t> block) {
  constexpr std::string_view kPrefix("Exif\0\0", 6);
  const std::string_view text(reinterpret_cast<const char*>(block.data()), block.size());
  return ParseExifOrientation(text.starts_with(kPrefix) ? block.subspan(kPrefix.size())
                                                        : block);
}

}  // namespace pomona::image
