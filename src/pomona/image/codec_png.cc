// SPDX-License-Identifier: Apache-2.0
#include "pomona/image/codec_png.h"

#include <png.h>

#include <algorithm>
#include <csetjmp>
#include <cstdio>
#include <cstring>
#include <exception>
#include <string_view>
#include <vector>

#include "pomona/image/exif.h"

namespace pomona::image {
namespace {

constexpr uint8_t kSignature[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
// Deflate makes at most 1,032 bytes of one.
constexpr uint64_t kMaxDeflateRatio = 1032;

// libpng's state and what its callbacks need; nothing with a destructor, since errors
// leave by longjmp.
struct Session {
  png_structp png;
  png_infop info;
  const uint8_t* data;
  size_t size;
  size_t position;
  bool ended;  // more bytes were asked for than there are
  char message[160];
  uint8_t* pixels;
  uint8_t* rgba;  // with alpha: one row, or all rows when interlaced
};

[[noreturn]] void OnError(png_structp png, png_const_charp message) {
  auto* s = static_cast<Session*>(png_get_error_ptr(png));
  std::snprintf(s->message, sizeof(s->message), "%s", message);
  png_longjmp(png, 1);
}

void OnWarning(png_structp, png_const_charp) {}

void OnRead(png_structp png, png_bytep to, size_t count) {
  auto* s = static_cast<Session*>(png_get_io_ptr(png));
  if (count > s->size - s->position) {
    s->ended = true;
    png_error(png, "the data end early");
  }
  std::memcpy(to, s->data + s->position, count);
  s->position += count;
}

// Text, colour profiles and the like change no pixel here (Pillow ignores them too), and
// may be compressed: libpng is told to skip them unread.
void SkipAncillary(png_structp png) {
  constexpr png_byte kChunks[] =
      "bKGD\0cHRM\0cICP\0eXIf\0gAMA\0hIST\0iCCP\0iTXt\0oFFs\0pCAL\0pHYs\0sBIT\0sCAL\0"
      "sPLT\0sRGB\0sTER\0tEXt\0tIME\0zTXt";
  png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, nullptr, 0);
  png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, kChunks,
                              static_cast<int>(sizeof(kChunks) / 5));
}

void HeaderStep(Session* s) {
  png_set_read_fn(s->png, s, OnRead);
  png_set_user_limits(s->png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
  SkipAncillary(s->png);
  png_read_info(s->png, s->info);
}

void SetTransforms(png_structp png, png_infop info) {
  png_set_expand(png);    // palettes, small grey depths, tRNS
  png_set_strip_16(png);  // the high byte
  png_set_gray_to_rgb(png);
  png_set_interlace_handling(png);
  png_read_update_info(png, info);
}

void StartStep(Session* s) { SetTransforms(s->png, s->info); }

void ReadStep(Session* s) {
  const png_uint_32 width = png_get_image_width(s->png, s->info);
  const png_uint_32 height = png_get_image_height(s->png, s->info);
  const bool interlaced = png_get_interlace_type(s->png, s->info) != PNG_INTERLACE_NONE;
  const size_t rgba_stride = interlaced ? size_t{width} * 4 : 0;
  const int passes = interlaced ? 7 : 1;
  for (int pass = 0; pass < passes; ++pass) {
    for (size_t y = 0; y < height; ++y) {
      uint8_t* rgb = s->pixels + y * width * 3;
      uint8_t* rgba = s->rgba == nullptr ? nullptr : s->rgba + y * rgba_stride;
      png_read_row(s->png, rgba == nullptr ? rgb : rgba, nullptr);
      if (rgba != nullptr && pass + 1 == passes) CompositeOverWhite(rgba, width, rgb);
    }
  }
  png_read_end(s->png, nullptr);
}

uint32_t BigEndian32(const uint8_t* p) {
  return uint32_t{p[0]} << 24 | uint32_t{p[1]} << 16 | uint32_t{p[2]} << 8 | p[3];
}

// The orientation in the eXIf chunk, which may stand behind the pixels.
int FindOrientation(Bytes bytes) {
  size_t at = sizeof(kSignature);
  while (bytes.size() - at >= 12) {
    const size_t length = BigEndian32(bytes.data() + at);
    if (length > bytes.size() - at - 12) return 1;
    if (std::memcmp(bytes.data() + at + 4, "eXIf", 4) == 0) {
      return ParseExifBlock(bytes.subspan(at + 8, length));
    }
    at += 12 + length;
  }
  return 1;
}

// One decoding, with libpng's errors as Status.
class Decoder {
 public:
  explicit Decoder(Bytes bytes) : bytes_(bytes), session_{} {
    session_.data = bytes.data();
    session_.size = bytes.size();
    session_.png =
        png_create_read_struct(PNG_LIBPNG_VER_STRING, &session_, OnError, OnWarning);
    if (session_.png != nullptr) session_.info = png_create_info_struct(session_.png);
  }
  ~Decoder() { png_destroy_read_struct(&session_.png, &session_.info, nullptr); }
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;

  Result<ImageInfo> Open() {
    if (session_.info == nullptr) return Status::OutOfMemory("no memory for libpng");
    ARROW_RETURN_NOT_OK(Run(HeaderStep));
    return ImageInfo{Format::kPng, png_get_image_width(session_.png, session_.info),
                     png_get_image_height(session_.png, session_.info),
                     FindOrientation(bytes_)};
  }

  Status Read(const ImageInfo& info, Image* image) {
    ARROW_RETURN_NOT_OK(CheckLength(info));
    ARROW_RETURN_NOT_OK(Run(StartStep));
    ARROW_RETURN_NOT_OK(AllocatePixels(info.width, info.height, image));
    session_.pixels = image->pixels.data();
    ARROW_RETURN_NOT_OK(AllocateRgba(info));
    return Run(ReadStep);
  }

 private:
  // The only frame that longjmp returns to.
  Status Run(void (*step)(Session*)) {
    if (setjmp(png_jmpbuf(session_.png)) != 0) return Failure();
    step(&session_);
    return Status::OK();
  }

  Status Failure() const {
    const std::string_view message = session_.message;
    const bool cut = session_.ended || message.find("Not enough image data") == 0;
    return DecodeReject(cut ? RejectCode::kTruncated : RejectCode::kCorrupt,
                        "PNG: " + std::string(message));
  }

  // A file too short for its rows ends early for certain: known before memory is spent.
  Status CheckLength(const ImageInfo& info) const {
    const uint64_t bits = uint64_t{png_get_bit_depth(session_.png, session_.info)} *
                          png_get_channels(session_.png, session_.info);
    const uint64_t row = (static_cast<uint64_t>(info.width) * bits + 7) / 8;
    if (static_cast<uint64_t>(info.height) * row / kMaxDeflateRatio <= session_.size) {
      return Status::OK();
    }
    return DecodeReject(RejectCode::kTruncated,
                        "PNG: the file is too short for the size it claims");
  }

  Status AllocateRgba(const ImageInfo& info) {
    if (png_get_channels(session_.png, session_.info) != 4) return Status::OK();
    const bool interlaced =
        png_get_interlace_type(session_.png, session_.info) != PNG_INTERLACE_NONE;
    try {
      rgba_.resize(static_cast<size_t>(info.width * (interlaced ? info.height : 1) * 4));
    } catch (const std::exception&) {
      return Status::OutOfMemory("no memory for a PNG with alpha");
    }
    session_.rgba = rgba_.data();
    return Status::OK();
  }

  Bytes bytes_;
  Session session_;
  std::vector<uint8_t> rgba_;
};

bool IsPng(Bytes bytes) {
  return bytes.size() >= sizeof(kSignature) &&
         std::equal(std::begin(kSignature), std::end(kSignature), bytes.begin());
}

// The size alone, from IHDR, so that a header without a picture can still be judged.
Result<ImageInfo> HeaderSize(Bytes bytes) {
  if (bytes.size() < 33) {
    return DecodeReject(RejectCode::kTruncated, "PNG: the data end in the header");
  }
  const ImageInfo info{Format::kPng, BigEndian32(bytes.data() + 16),
                       BigEndian32(bytes.data() + 20)};
  if (BigEndian32(bytes.data() + 8) != 13 ||
      std::memcmp(bytes.data() + 12, "IHDR", 4) != 0 || info.width == 0 ||
      info.height == 0) {
    return DecodeReject(RejectCode::kCorrupt, "PNG: the header is damaged");
  }
  return info;
}

Result<ImageInfo> PngInfo(Bytes bytes) {
  ARROW_ASSIGN_OR_RAISE(ImageInfo info, HeaderSize(bytes));
  info.orientation = FindOrientation(bytes);
  return info;
}

Result<ImageInfo> DecodePng(Bytes bytes, int64_t max_pixels, Image* image) {
  ARROW_ASSIGN_OR_RAISE(const ImageInfo size, HeaderSize(bytes));
  ARROW_RETURN_NOT_OK(CheckPixels(size.width, size.height, max_pixels));
  Decoder decoder(bytes);
  ARROW_ASSIGN_OR_RAISE(const ImageInfo info, decoder.Open());
  ARROW_RETURN_NOT_OK(decoder.Read(info, image));
  return info;
}

std::string PngVersion() { return std::string("libpng ") + png_get_libpng_ver(nullptr); }

}  // namespace

const Codec kPngCodec = {Format::kPng, "png", IsPng, PngInfo, DecodePng, PngVersion};

}  // namespace pomona::image
