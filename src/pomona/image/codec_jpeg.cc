// SPDX-License-Identifier: Apache-2.0
#include "pomona/image/codec_jpeg.h"

#include <jpeglib.h>

#include <algorithm>
#include <csetjmp>
#include <cstddef>
#include <cstdio>
#include <iterator>
// After jpeglib.h, which it needs.
#include <jerror.h>

#include "pomona/image/exif.h"

namespace pomona::image {
namespace {

// More scans than any encoder writes (about 10): each costs a walk over the picture, so
// a small file with thousands of them would stop a worker for minutes.
constexpr int kMaxScans = 100;
constexpr int kExifMarker = JPEG_APP0 + 1;

// libjpeg's state and what its callbacks need. The callbacks leave by longjmp, so this,
// and every frame between setjmp and a callback, holds nothing with a destructor.
struct Session {
  jpeg_decompress_struct cinfo;
  jpeg_error_mgr errors;
  jpeg_progress_mgr progress;
  std::jmp_buf jump;
  RejectCode code;
  bool out_of_memory;
  char message[JMSG_LENGTH_MAX];
  const uint8_t* data;
  size_t size;
  uint8_t* pixels;
};

Session* SessionOf(j_common_ptr cinfo) {
  return static_cast<Session*>(cinfo->client_data);
}

[[noreturn]] void Leave(j_common_ptr cinfo, RejectCode code) {
  Session* session = SessionOf(cinfo);
  session->code = code;
  (*cinfo->err->format_message)(cinfo, session->message);
  std::longjmp(session->jump, 1);
}

[[noreturn]] void OnError(j_common_ptr cinfo) {
  switch (cinfo->err->msg_code) {
    case JERR_INPUT_EMPTY:
    case JERR_INPUT_EOF:
      Leave(cinfo, RejectCode::kTruncated);
    case JERR_BAD_PRECISION:
    case JERR_SOF_UNSUPPORTED:
    case JERR_CONVERSION_NOTIMPL:
    case JERR_NOT_COMPILED:
    case JERR_NOTIMPL:
      Leave(cinfo, RejectCode::kUnsupported);
    case JERR_IMAGE_TOO_BIG:
      Leave(cinfo, RejectCode::kTooLarge);
    case JERR_OUT_OF_MEMORY:
      SessionOf(cinfo)->out_of_memory = true;
      [[fallthrough]];
    default:
      Leave(cinfo, RejectCode::kCorrupt);
  }
}

// libjpeg warns and goes on with grey or invented pixels; those are errors here. Stray
// bytes between segments and odd header fields do no harm.
void OnMessage(j_common_ptr cinfo, int level) {
  if (level >= 0) return;
  switch (cinfo->err->msg_code) {
    case JWRN_JPEG_EOF:
    case JWRN_HIT_MARKER:
      Leave(cinfo, RejectCode::kTruncated);
    case JWRN_HUFF_BAD_CODE:
    case JWRN_ARITH_BAD_CODE:
    case JWRN_BOGUS_PROGRESSION:
    case JWRN_MUST_RESYNC:
      Leave(cinfo, RejectCode::kCorrupt);
    default:
      return;
  }
}

void OnOutput(j_common_ptr) {}

[[noreturn]] void LeaveWith(Session* session, RejectCode code, const char* message) {
  session->code = code;
  std::snprintf(session->message, sizeof(session->message), "%s", message);
  std::longjmp(session->jump, 1);
}

void OnProgress(j_common_ptr cinfo) {
  if (reinterpret_cast<j_decompress_ptr>(cinfo)->input_scan_number > kMaxScans) {
    LeaveWith(SessionOf(cinfo), RejectCode::kCorrupt,
              "more scans than any encoder writes");
  }
}

void OpenStep(Session* s) {
  jpeg_create_decompress(&s->cinfo);
  s->cinfo.client_data = s;
  s->cinfo.progress = &s->progress;
  jpeg_save_markers(&s->cinfo, kExifMarker, 0xFFFF);
  jpeg_mem_src(&s->cinfo, s->data, s->size);
  jpeg_read_header(&s->cinfo, TRUE);
}

// Every block takes at least one bit of Huffman code, so a file that is too short for its
// blocks ends early for certain: known before memory is spent on the claim.
bool TooShortForItsBlocks(const Session& s) {
  if (s.cinfo.arith_code) return false;
  uint64_t blocks = 0;
  for (int i = 0; i < s.cinfo.num_components; ++i) {
    const jpeg_component_info& c = s.cinfo.comp_info[i];
    blocks += uint64_t{c.width_in_blocks} * c.height_in_blocks;
  }
  return blocks / 8 > s.size;
}

void StartStep(Session* s) {
  jpeg_decompress_struct* c = &s->cinfo;
  const bool inks = c->num_components == 4;
  if (c->num_components != 1 && c->num_components != 3 && !inks) {
    LeaveWith(s, RejectCode::kUnsupported, "JPEG with neither 1, 3 nor 4 components");
  }
  if (TooShortForItsBlocks(*s)) {
    LeaveWith(s, RejectCode::kTruncated, "the file is too short for the size it claims");
  }
  c->out_color_space = inks ? JCS_CMYK : JCS_RGB;
  c->dct_method = JDCT_ISLOW;
  c->do_fancy_upsampling = TRUE;
  jpeg_start_decompress(c);
}

void ReadRgbStep(Session* s) {
  const size_t stride = size_t{s->cinfo.output_width} * 3;
  while (s->cinfo.output_scanline < s->cinfo.output_height) {
    JSAMPROW row = s->pixels + s->cinfo.output_scanline * stride;
    jpeg_read_scanlines(&s->cinfo, &row, 1);
  }
  jpeg_finish_decompress(&s->cinfo);
}

// Pillow's conversion: inks are taken as Adobe writes them, inverted, whatever the file.
void CmykToRgb(const uint8_t* inks, size_t count, uint8_t* rgb) {
  for (size_t i = 0; i < count; ++i) {
    const uint32_t light = inks[4 * i + 3];  // 255 - black
    for (size_t c = 0; c < 3; ++c) {
      const uint32_t product = (255U - inks[4 * i + c]) * light + 128;
      const uint32_t dark = (product + (product >> 8)) >> 8;
      rgb[3 * i + c] = static_cast<uint8_t>(light > dark ? light - dark : 0);
    }
  }
}

void ReadCmykStep(Session* s) {
  jpeg_decompress_struct* c = &s->cinfo;
  JSAMPARRAY row = (*c->mem->alloc_sarray)(reinterpret_cast<j_common_ptr>(c), JPOOL_IMAGE,
                                           c->output_width * 4, 1);
  while (c->output_scanline < c->output_height) {
    uint8_t* to = s->pixels + size_t{c->output_scanline} * c->output_width * 3;
    jpeg_read_scanlines(c, row, 1);
    CmykToRgb(row[0], c->output_width, to);
  }
  jpeg_finish_decompress(c);
}

// One decoding, with libjpeg's errors as Status.
class Decoder {
 public:
  explicit Decoder(Bytes bytes) : session_{} {
    Session& s = session_;
    s.data = bytes.data();
    s.size = bytes.size();
    s.cinfo.err = jpeg_std_error(&s.errors);
    s.cinfo.client_data = &s;
    s.errors.error_exit = OnError;
    s.errors.emit_message = OnMessage;
    s.errors.output_message = OnOutput;
    s.progress.progress_monitor = OnProgress;
  }
  ~Decoder() { jpeg_destroy_decompress(&session_.cinfo); }
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;

  Result<ImageInfo> Open() {
    ARROW_RETURN_NOT_OK(Run(OpenStep));
    ImageInfo info{Format::kJpeg, session_.cinfo.image_width,
                   session_.cinfo.image_height};
    info.orientation = Orientation();
    return info;
  }

  Status Read(int64_t max_pixels, const ImageInfo& info, Image* image) {
    ARROW_RETURN_NOT_OK(CheckPixels(info.width, info.height, max_pixels));
    ARROW_RETURN_NOT_OK(Run(StartStep));
    ARROW_RETURN_NOT_OK(AllocatePixels(info.width, info.height, image));
    session_.pixels = image->pixels.data();
    return Run(session_.cinfo.out_color_space == JCS_CMYK ? ReadCmykStep : ReadRgbStep);
  }

 private:
  // The only frame that longjmp returns to.
  Status Run(void (*step)(Session*)) {
    if (setjmp(session_.jump) != 0) return Failure();
    step(&session_);
    return Status::OK();
  }

  Status Failure() const {
    if (session_.out_of_memory) return Status::OutOfMemory("JPEG: ", session_.message);
    return DecodeReject(session_.code, std::string("JPEG: ") + session_.message);
  }

  // Of the first EXIF segment; APP1 also carries XMP.
  int Orientation() const {
    for (auto* m = session_.cinfo.marker_list; m != nullptr; m = m->next) {
      const Bytes data(m->data, m->data_length);
      constexpr uint8_t kPrefix[] = {'E', 'x', 'i', 'f', 0};
      if (m->marker == kExifMarker && data.size() > 5 &&
          std::equal(std::begin(kPrefix), std::end(kPrefix), data.begin())) {
        return ParseExifBlock(data);
      }
    }
    return 1;
  }

  Session session_;
};

bool IsJpeg(Bytes bytes) {
  return bytes.size() >= 3 && bytes[0] == 0xFF && bytes[1] == 0xD8 && bytes[2] == 0xFF;
}

Result<ImageInfo> JpegInfo(Bytes bytes) { return Decoder(bytes).Open(); }

Result<ImageInfo> DecodeJpeg(Bytes bytes, int64_t max_pixels, Image* image) {
  Decoder decoder(bytes);
  ARROW_ASSIGN_OR_RAISE(const ImageInfo info, decoder.Open());
  ARROW_RETURN_NOT_OK(decoder.Read(max_pixels, info, image));
  return info;
}

#define POMONA_TEXT2(x) #x
#define POMONA_TEXT(x) POMONA_TEXT2(x)
std::string JpegVersion() { return "libjpeg-turbo " POMONA_TEXT(LIBJPEG_TURBO_VERSION); }

}  // namespace

const Codec kJpegCodec = {Format::kJpeg, "jpeg",     IsJpeg,
                          JpegInfo,      DecodeJpeg, JpegVersion};

}  // namespace pomona::image
