// SPDX-License-Identifier: Apache-2.0
#include "pomona/image/unsupported.h"

#include <array>

namespace pomona::image {
namespace {

struct Magic {
  size_t offset;
  std::string_view bytes;
  std::string_view name;
};

using namespace std::string_view_literals;  // keeps the zero bytes of the literals
constexpr std::array kMagics = {
    Magic{0, "GIF87a"sv, "GIF"sv},
    Magic{0, "GIF89a"sv, "GIF"sv},
    Magic{0, "II*\0"sv, "TIFF"sv},
    Magic{0, "MM\0*"sv, "TIFF"sv},
    Magic{0, "II+\0"sv, "BigTIFF"sv},
    Magic{0, "MM\0+"sv, "BigTIFF"sv},
    Magic{4, "ftypavif"sv, "AVIF"sv},
    Magic{4, "ftypavis"sv, "AVIF"sv},
    Magic{4, "ftypheic"sv, "HEIC"sv},
    Magic{4, "ftypheix"sv, "HEIC"sv},
    Magic{4, "ftypmif1"sv, "HEIF"sv},
    Magic{4, "ftypmsf1"sv, "HEIF"sv},
    Magic{0, "\0\0\0\x0CjP  \r\n\x87\n"sv, "JPEG 2000"sv},
    Magic{0, "\xFF\x4F\xFF\x51"sv, "JPEG 2000"sv},
    Magic{0, "\xFF\x0A"sv, "JPEG XL"sv},
    Magic{0, "\0\0\0\x0CJXL \r\n\x87\n"sv, "JPEG XL"sv},
    Magic{0, "8BPS\0\x01"sv, "Photoshop"sv},
    Magic{0, "\0\0\x01\0"sv, "ICO"sv},
    Magic{0, "v/1\x01"sv, "OpenEXR"sv},
    Magic{0, "%PDF-"sv, "PDF"sv},
};

// "BM" alone is too short to trust: the sizes of the headers must be those of a BMP.
bool IsBmp(std::string_view text) {
  if (text.size() < 18 || !text.starts_with("BM")) return false;
  const auto size = static_cast<uint8_t>(text[14]);
  return text.substr(6, 4) == "\0\0\0\0"sv && text.substr(15, 3) == "\0\0\0"sv &&
         (size == 12 || (size >= 40 && size <= 124));
}

}  // namespace

std::string_view UnsupportedFormatName(std::span<const uint8_t> bytes) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  for (const Magic& magic : kMagics) {
    if (text.size() >= magic.offset &&
        text.substr(magic.offset).starts_with(magic.bytes)) {
      return magic.name;
    }
  }
  return IsBmp(text) ? "BMP" : std::string_view();
}

}  // namespace pomona::image
