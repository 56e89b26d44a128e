// SPDX-License-Identifier: Apache-2.0
#include "pomona/image/codec_webp.h"

#include <webp/decode.h>
#include <webp/demux.h>

#include <algorithm>
#include <cstring>
#include <exception>
#include <memory>
#include <vector>

#include "pomona/image/exif.h"

namespace pomona::image {
namespace {

struct DemuxerDelete {
  void operator()(WebPDemuxer* demuxer) const { WebPDemuxDelete(demuxer); }
};
using DemuxerPtr = std::unique_ptr<WebPDemuxer, DemuxerDelete>;

struct IteratorRelease {
  void operator()(WebPIterator* it) const { WebPDemuxReleaseIterator(it); }
};

bool IsWebp(Bytes bytes) {
  return bytes.size() >= 12 && std::memcmp(bytes.data(), "RIFF", 4) == 0 &&
         std::memcmp(bytes.data() + 8, "WEBP", 4) == 0;
}

Status WebpReject(VP8StatusCode code) {
  switch (code) {
    case VP8_STATUS_OUT_OF_MEMORY:
      return Status::OutOfMemory("no memory for libwebp");
    case VP8_STATUS_SUSPENDED:
    case VP8_STATUS_NOT_ENOUGH_DATA:
      return DecodeReject(RejectCode::kTruncated, "WebP: the data end early");
    case VP8_STATUS_UNSUPPORTED_FEATURE:
      return DecodeReject(RejectCode::kUnsupported, "WebP: a feature that libwebp lacks");
    default:
      return DecodeReject(RejectCode::kCorrupt, "WebP: the data contradict the format");
  }
}

int FindOrientation(const WebPDemuxer* demuxer) {
  WebPChunkIterator chunk;
  if (WebPDemuxGetChunk(demuxer, "EXIF", 1, &chunk) == 0) return 1;
  const int orientation = ParseExifBlock({chunk.chunk.bytes, chunk.chunk.size});
  WebPDemuxReleaseChunkIterator(&chunk);
  return orientation;
}

// The whole file's chunks; nullptr where libwebp finds the container damaged or cut.
DemuxerPtr OpenDemuxer(Bytes bytes) {
  const WebPData data = {bytes.data(), bytes.size()};
  return DemuxerPtr(WebPDemux(&data));
}

Result<ImageInfo> WebpInfo(Bytes bytes) {
  WebPBitstreamFeatures features;
  const VP8StatusCode code = WebPGetFeatures(bytes.data(), bytes.size(), &features);
  if (code != VP8_STATUS_OK) return WebpReject(code);
  ImageInfo info{Format::kWebp, features.width, features.height};
  const WebPData data = {bytes.data(), bytes.size()};
  WebPDemuxState state;
  const DemuxerPtr demuxer(WebPDemuxPartial(&data, &state));
  if (demuxer != nullptr) info.orientation = FindOrientation(demuxer.get());
  return info;
}

// RIFF says how long the file is.
Status CheckLength(Bytes bytes) {
  const uint8_t* p = bytes.data() + 4;
  const uint64_t length = p[0] | p[1] << 8 | p[2] << 16 | uint64_t{p[3]} << 24;
  return length + 8 <= bytes.size() ? Status::OK()
                                    : WebpReject(VP8_STATUS_NOT_ENOUGH_DATA);
}

Status DecodeInto(const WebPData& data, WEBP_CSP_MODE mode, int64_t width, int64_t height,
                  uint8_t* to) {
  WebPDecoderConfig config;
  if (WebPInitDecoderConfig(&config) == 0) {
    return Status::Invalid("libwebp is another version than it was built with");
  }
  const int64_t channels = mode == MODE_RGBA ? 4 : 3;
  config.output.colorspace = mode;
  config.output.is_external_memory = 1;
  config.output.u.RGBA.rgba = to;
  config.output.u.RGBA.stride = static_cast<int>(width * channels);
  config.output.u.RGBA.size = static_cast<size_t>(width * height * channels);
  const VP8StatusCode code = WebPDecode(data.bytes, data.size, &config);
  WebPFreeDecBuffer(&config.output);
  return code == VP8_STATUS_OK ? Status::OK() : WebpReject(code);
}

// A frame with alpha, or smaller than the canvas, over the white canvas.
Status DecodeOver(const WebPIterator& frame, Image* image) {
  std::vector<uint8_t> rgba;
  try {
    rgba.resize(size_t{4} * static_cast<size_t>(frame.width) *
                static_cast<size_t>(frame.height));
  } catch (const std::exception&) {
    return Status::OutOfMemory("no memory for a WebP with alpha");
  }
  ARROW_RETURN_NOT_OK(
      DecodeInto(frame.fragment, MODE_RGBA, frame.width, frame.height, rgba.data()));
  std::fill(image->pixels.begin(), image->pixels.end(), uint8_t{255});
  for (int64_t y = 0; y < frame.height; ++y) {
    const int64_t to = (frame.y_offset + y) * image->width + frame.x_offset;
    CompositeOverWhite(rgba.data() + y * frame.width * 4, frame.width,
                       image->pixels.data() + to * 3);
  }
  return Status::OK();
}

Status DecodeFrame(const WebPIterator& frame, Image* image) {
  const int64_t right = int64_t{frame.x_offset} + frame.width;
  const int64_t bottom = int64_t{frame.y_offset} + frame.height;
  if (frame.complete == 0) return WebpReject(VP8_STATUS_NOT_ENOUGH_DATA);
  if (frame.width < 1 || frame.height < 1 || frame.x_offset < 0 || frame.y_offset < 0 ||
      right > image->width || bottom > image->height) {
    return WebpReject(VP8_STATUS_BITSTREAM_ERROR);
  }
  if (frame.has_alpha != 0 || frame.width != image->width ||
      frame.height != image->height) {
    return DecodeOver(frame, image);
  }
  return DecodeInto(frame.fragment, MODE_RGB, frame.width, frame.height,
                    image->pixels.data());
}

Result<ImageInfo> DecodeWebp(Bytes bytes, int64_t max_pixels, Image* image) {
  ARROW_ASSIGN_OR_RAISE(const ImageInfo info, WebpInfo(bytes));
  ARROW_RETURN_NOT_OK(CheckPixels(info.width, info.height, max_pixels));
  ARROW_RETURN_NOT_OK(CheckLength(bytes));
  const DemuxerPtr demuxer = OpenDemuxer(bytes);
  WebPIterator frame = {};
  if (demuxer == nullptr || WebPDemuxGetFrame(demuxer.get(), 1, &frame) == 0) {
    return WebpReject(VP8_STATUS_BITSTREAM_ERROR);
  }
  const std::unique_ptr<WebPIterator, IteratorRelease> release(&frame);
  ARROW_RETURN_NOT_OK(AllocatePixels(info.width, info.height, image));
  ARROW_RETURN_NOT_OK(DecodeFrame(frame, image));
  return info;
}

std::string WebpVersion() {
  const int v = WebPGetDecoderVersion();
  return "libwebp " + std::to_string(v >> 16) + "." + std::to_string(v >> 8 & 255) + "." +
         std::to_string(v & 255);
}

}  // namespace

const Codec kWebpCodec = {Format::kWebp, "webp",     IsWebp,
                          WebpInfo,      DecodeWebp, WebpVersion};

}  // namespace pomona::image
