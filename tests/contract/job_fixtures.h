// SPDX-License-Identifier: Apache-2.0
// What tests of job/ share: pictures in memory, an extractor whose rows can be told by
// hand, a sink that keeps events.
#pragma once

#include <png.h>

#include <array>
#include <atomic>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <arrow/buffer.h>
#include <arrow/io/interfaces.h>
#include <arrow/util/future.h>
#include <arrow/util/thread_pool.h>
#include <gtest/gtest.h>

#include "pomona/base/event.h"
#include "pomona/engine/feature_extractor.h"
#include "pomona/store/byte_store.h"
#include "pomona/store/image_source.h"

namespace pomona::job {

// A picture of one colour, as PNG.
inline std::string ColourPng(uint8_t red, uint8_t green, uint8_t blue) {
  constexpr int kSide = 4;
  std::array<uint8_t, static_cast<size_t>(kSide * kSide * 3)> pixels{};
  for (size_t i = 0; i < pixels.size(); i += 3) {
    pixels[i] = red;
    pixels[i + 1] = green;
    pixels[i + 2] = blue;
  }
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = image.height = kSide;
  image.format = PNG_FORMAT_RGB;
  png_alloc_size_t size = 0;
  png_image_write_to_memory(&image, nullptr, &size, 0, pixels.data(), 0, nullptr);
  std::string bytes(size, '\0');
  png_image_write_to_memory(&image, bytes.data(), &size, 0, pixels.data(), 0, nullptr);
  bytes.resize(size);
  return bytes;
}

// Pictures in memory, read on Arrow's I/O threads as those of other sources are.
class MemorySource : public store::ImageSource {
 public:
  struct Entry {
    std::string bytes;
    int64_t mtime_ns = 1;
    bool valid_name = true;
    Status read;  // what Read fails with
  };
  std::map<std::string, Entry> entries;
  std::map<std::string, std::string> passed_over;  // path to reason
  int64_t unknown_size = 0;                        // listed in place of the size unless 0
  std::atomic<int64_t> reads{0};

  std::string description() const override { return "memory"; }
  std::string uri() const override { return "memory:"; }

  Result<store::SkippedCounts> List(
      const std::string& after,
      const std::function<Status(store::ListedImage)>& visit) override {
    store::SkippedCounts skipped;
    for (const auto& [path, reason] : passed_over) {
      if (path > after) ++skipped[reason];
    }
    for (auto it = entries.upper_bound(after); it != entries.end(); ++it) {
      store::ListedImage image;
      image.path = it->first;
      image.size = unknown_size != 0 ? unknown_size
                                     : static_cast<int64_t>(it->second.bytes.size());
      image.mtime_ns = it->second.mtime_ns;
      image.valid_name = it->second.valid_name;
      image.label = it->first.substr(0, it->first.find('/'));
      ARROW_RETURN_NOT_OK(visit(std::move(image)));
    }
    return skipped;
  }

  arrow::Future<std::shared_ptr<arrow::Buffer>> Read(
      const store::ListedImage& image) override {
    ++reads;
    const Entry entry = entries.at(image.path);
    return arrow::DeferNotOk(arrow::io::default_io_context().executor()->Submit(
        [entry]() -> Result<std::shared_ptr<arrow::Buffer>> {
          ARROW_RETURN_NOT_OK(entry.read);
          return arrow::Buffer::FromString(entry.bytes);
        }));
  }
};

// A row is the picture's red, green and blue in the middle of it: exact for pictures of
// one colour. Red 255 gives NaN, red 254 infinity.
class ColourExtractor : public engine::FeatureExtractor {
 public:
  explicit ColourExtractor(int64_t batch = 3, int concurrency = 2) {
    info_ = {"colour", batch, 4, 4, 3, {}, concurrency};
  }
  Status error;  // what Extract fails with

  const engine::ExtractorInfo& info() const override { return info_; }
  Status Extract(const float* images, int64_t count, float* rows) override {
    ARROW_RETURN_NOT_OK(error);
    const int64_t plane = info_.input_height * info_.input_width;
    for (int64_t i = 0; i < count * 3; ++i) rows[i] = images[i * plane + plane / 2];
    for (int64_t i = 0; i < count; ++i) {
      float& red = rows[i * 3];
      if (red == 255) red = std::numeric_limits<float>::quiet_NaN();
      if (red == 254) red = std::numeric_limits<float>::infinity();
    }
    return Status::OK();
  }

 private:
  engine::ExtractorInfo info_;
};

// Keeps events; `seen`, when set, is called with each.
class KeepingSink : public EventSink {
 public:
  std::function<void(const Event&)> seen;

  void Emit(const Event& event) override {
    std::lock_guard lock(mutex_);
    kinds_.push_back(event.kind);
    if (seen) seen(event);
  }
  std::vector<std::string> kinds() const {
    std::lock_guard lock(mutex_);
    return kinds_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> kinds_;
};

// Every file of `store` with its bytes.
inline std::map<std::string, std::string> Tree(store::ByteStore* store,
                                               const std::string& prefix = "") {
  std::map<std::string, std::string> tree;
  auto files = store->List(prefix);
  EXPECT_TRUE(files.ok()) << files.status();
  for (const auto& file : *files) {
    tree[file.path] = store->Read(file.path).ValueOrDie()->ToString();
  }
  return tree;
}

}  // namespace pomona::job
